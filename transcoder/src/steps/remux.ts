import type { EncodeId } from '@avocet/shared/ids'
import type { RemuxTask } from '@avocet/shared/job'
import { remuxKey } from '@avocet/shared/objectKeys'
import { REMUX_PART_BYTES } from '@avocet/shared/remux'
import { beginningsMade } from '../activity.ts'
import { JobFailure } from '../failure.ts'
import { remuxArgs } from '../media/args/remux.ts'
import { startFfmpeg } from '../media/ffmpeg.ts'
import type { StepContext } from './context.ts'

/** A day of video at a hundred times real time, with room. */
const MAX_MS = 60 * 60_000
const STALL_MS = 5 * 60_000

/** Copies the source's picture into an indexed form, part by part; returns its bytes. Holds one part in memory and nothing on disk. */
export async function remux({ tools, lease, store, sourceUrl, checkSource, signal }: StepContext, task: RemuxTask): Promise<number> {
  const run = startFfmpeg(tools, { argv: remuxArgs(sourceUrl, task), outputs: 1, yields: true, signal, maxMs: MAX_MS, stallMs: STALL_MS })
  const part = Buffer.alloc(REMUX_PART_BYTES)
  let [filled, parts] = [0, 0]
  const flush = async () => {
    // All of a file is read and stored as fast as can be: what playback waits for, begun in the same instant, goes first.
    if (parts === 0) await beginningsMade()
    const key = remuxKey(lease.encodeId as EncodeId, { epoch: lease.epoch, secret: task.secret }, parts++)
    await store.write(key, part.subarray(0, filled), 'application/octet-stream', signal)
    filled = 0
  }
  try {
    for await (let bytes of run.outputs[0] as AsyncIterable<Buffer>) {
      while (bytes.length > 0) {
        const taken = bytes.copy(part, filled)
        filled += taken
        bytes = bytes.subarray(taken)
        if (filled === part.length) await flush()
      }
    }
    await run.done
    checkSource()
    const size = parts * REMUX_PART_BYTES + filled
    if (size === 0) throw new JobFailure('permanent', 'source_empty', 'The file holds no picture to copy.')
    if (filled > 0) await flush()
    return size
  } catch (error) {
    run.kill()
    throw error
  }
}
