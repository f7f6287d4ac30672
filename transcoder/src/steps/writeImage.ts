import { readFile } from 'node:fs/promises'
import type { EncodeId } from '@avocet/shared/ids'
import { imageKey } from '@avocet/shared/objectKeys'
import { startFfmpeg } from '../media/ffmpeg.ts'
import type { StepContext } from './context.ts'

const MAX_MS = 15 * 60_000

/** Our own output is read back: one file, one format. */
export const SCRATCH_GUARD = ['-protocol_whitelist', 'file', '-format_whitelist', 'mov'] as const

/** Runs ffmpeg with the job's own folder to write to, beside work that goes first. */
export async function run({ tools, scratchDir, signal }: StepContext, argv: string[]): Promise<void> {
  await startFfmpeg(tools, { argv: ['-y', ...argv], outputs: 0, yields: true, signal, maxMs: MAX_MS, scratchDir }).done
}

/** Stores an image of the encode; returns its bytes. */
export async function upload({ lease, store, signal }: StepContext, file: string, name: string): Promise<number> {
  const bytes = await readFile(file)
  await store.write(imageKey(lease.encodeId as EncodeId, lease.epoch, name), bytes, 'image/jpeg', signal)
  return bytes.length
}
