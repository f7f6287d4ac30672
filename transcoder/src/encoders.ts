import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AgentCapabilities } from '@avocet/shared/agent'
import { ENCODERS, type Encoder, type VideoRung } from '@avocet/shared/encode'
import { encoderArgs } from './media/args/video.ts'
import { startFfmpeg, type Tools } from './media/ffmpeg.ts'

/** Large enough for every hardware encoder: some refuse less than 145 pixels (reference: transcode.md section 1.0). */
const TRIAL = { width: 640, height: 360 }
/** Software is as large as memory allows. */
const SOFTWARE = { maxWidth: 8192, maxHeight: 8192 }
const LARGE = { width: 4096, height: 2304 }
const TRIAL_MS = 60_000

/**
 * The encoders this host really encodes with, and how large: ten frames with the real options. `-encoders` lists what the build has,
 * not what the host can do.
 */
export async function provenEncoders(tools: Tools, signal: AbortSignal): Promise<AgentCapabilities['encoders']> {
  const proven: AgentCapabilities['encoders'] = []
  for (const name of ENCODERS) {
    if (!(await encodes(tools, name, TRIAL, signal))) continue
    const isHardware = name.endsWith('_nvenc')
    const isLarge = isHardware && (await encodes(tools, name, LARGE, signal))
    const largest = isLarge ? LARGE : { width: 1920, height: 1088 }
    proven.push({ name, ...(isHardware ? { maxWidth: largest.width, maxHeight: largest.height } : SOFTWARE) })
  }
  return proven
}

async function encodes(tools: Tools, encoder: Encoder, { width, height }: { width: number; height: number }, signal: AbortSignal): Promise<boolean> {
  const rung: VideoRung = { name: 'v360', codec: 'h264', width, height, quality: 23, maxrateKbps: 860, bufsizeKbps: 1720, profile: 'main', level: null }
  const input = ['-f', 'lavfi', '-i', `testsrc2=s=${width}x${height}:r=30:d=0.5`, '-frames:v', '10', '-pix_fmt', 'yuv420p']
  try {
    await startFfmpeg(tools, { argv: [...input, ...encoderArgs(encoder, 60, rung), '-f', 'null', '-'], outputs: 0, signal, maxMs: TRIAL_MS }).done
    return true
  } catch {
    signal.throwIfAborted()
    return false
  }
}

const DRIVER_CARDS = '/proc/driver/nvidia/gpus'

/** The model of the first graphics card, as its driver tells it; null without one. */
export function graphicsCard(): string | null {
  try {
    const [card] = readdirSync(DRIVER_CARDS)
    return card === undefined
      ? null
      : (/^Model:\s*(.+)$/m
          .exec(readFileSync(join(DRIVER_CARDS, card, 'information'), 'utf8'))?.[1]
          ?.trim()
          .slice(0, 200) ?? null)
  } catch {
    return null
  }
}
