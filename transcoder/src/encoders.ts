import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EncoderFamily, VideoRung } from '@avocet/shared/encode'
import { encoderArgs } from './media/args/video.ts'
import { startFfmpeg, type Tools } from './media/ffmpeg.ts'

/** Large enough for every hardware encoder: some refuse less than 145 pixels (reference: transcode.md section 1.0). */
const TRIAL_RUNG: VideoRung = {
  name: 'v360',
  codec: 'h264',
  width: 640,
  height: 360,
  quality: 23,
  maxrateKbps: 860,
  bufsizeKbps: 1720,
  profile: 'high',
  level: '3.0',
}
const TRIAL_MS = 60_000

/** Families this host really encodes with, best first: ten frames with the real options. `-encoders` lists what the build has, not what the host can do. */
export async function provenFamilies(tools: Tools, signal: AbortSignal): Promise<EncoderFamily[]> {
  const proven: EncoderFamily[] = []
  for (const encoderFamily of ['nvenc', 'x264'] as const) {
    const encoder = encoderArgs({ encoderFamily, gopFrames: 60 }, TRIAL_RUNG)
    const argv = [
      '-f',
      'lavfi',
      '-i',
      'testsrc2=s=640x360:r=30:d=0.5',
      '-frames:v',
      '10',
      '-pix_fmt',
      'yuv420p',
      ...encoder,
      '-f',
      'null',
      '-',
    ]
    try {
      await startFfmpeg(tools, { argv, outputs: 0, signal, maxMs: TRIAL_MS }).done
      proven.push(encoderFamily)
    } catch {
      signal.throwIfAborted()
    }
  }
  return proven
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
