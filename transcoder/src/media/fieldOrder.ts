/** Interlace that nothing in the file tells of: found by looking at the picture. */
import { JobFailure } from '../failure.ts'
import type { Stream } from './facts.ts'
import { startFfmpeg, type Tools } from './ffmpeg.ts'
import { sourceGuard } from './args/source.ts'
import { PIXEL_GUARD } from './inputGuard.ts'

const FRAMES = 100
const MAX_MS = 20_000
/** Fewer frames than this that show fields prove nothing. */
const LEAST_FRAMES = 10
/** Codecs whose files come from tape and broadcast, and often without a word on fields. */
const SUSPECTS = /^(mpeg2video|mpeg4|h264|dvvideo|mjpegb?|rawvideo|v210|v308|v410|huffyuv|ffvhuff|utvideo|ffv1|prores|dnxhd)$/
/** Lines of the formats that are ever interlaced: 480 and 486, 576 and 608, 1080 and 1088. */
const LINES = new Set([480, 486, 576, 608, 1080, 1088])

export type Fields = 'tff' | 'bff'

/** Whether it is worth looking: the stream says nothing, and its codec, size and rate are those of interlaced video. Pure. */
export function mayHideFields({ field_order, codec_name, height }: Stream, fps: number): boolean {
  return (field_order ?? 'unknown') === 'unknown' && SUSPECTS.test(codec_name ?? '') && LINES.has(height ?? 0) && fps <= 30
}

/** What ffmpeg's `idet` counted, as a field order; null where most frames are whole. Pure. */
export function fieldsOf(stderr: string): Fields | null {
  const counts = /Multi frame detection: TFF:\s*(\d+)\s*BFF:\s*(\d+)\s*Progressive:\s*(\d+)/.exec(stderr)
  const [top, bottom, whole] = [1, 2, 3].map((at) => Number(counts?.[at] ?? 0)) as [number, number, number]
  if (top + bottom < LEAST_FRAMES || top + bottom <= whole) return null
  return top >= bottom ? 'tff' : 'bff'
}

/** Looks at some frames. A picture that cannot be looked at is taken for progressive: encoding it will tell. */
export async function findFields(tools: Tools, url: string, { durationSeconds, fragmented }: { durationSeconds: number; fragmented?: true | undefined }, signal: AbortSignal): Promise<Fields | null> {
  const from = fragmented ? 0 : Math.floor(Math.min(60, durationSeconds / 10))
  const argv = [
    ...['-loglevel', 'info', '-nostats', ...sourceGuard({ fragmented }), ...PIXEL_GUARD, '-ss', String(from)],
    ...['-i', url, '-map', '0:V:0', '-frames:v', String(FRAMES), '-vf', 'idet', '-f', 'null', '-'],
  ]
  try {
    return fieldsOf((await startFfmpeg(tools, { argv, outputs: 0, signal, maxMs: MAX_MS }).done).stderr)
  } catch (error) {
    if (error instanceof JobFailure && error.class !== 'crash') return null
    throw error
  }
}
