/** What ffprobe reports of a file, and a picture's and a sound's facts in it. Pure. */
import type { MediaInfo, Rational } from '@avocet/shared/encode'
import { z } from 'zod'
import { FRAGMENT_KINDS, type FragmentTimes } from './fragments.ts'
import { toBcp47 } from './language.ts'

export const Stream = z.object({
  index: z.number().optional(),
  codec_type: z.string().optional(),
  codec_name: z.string().optional(),
  profile: z.string().optional(),
  width: z.number().optional(),
  height: z.number().optional(),
  pix_fmt: z.string().optional(),
  bits_per_raw_sample: z.string().optional(),
  sample_aspect_ratio: z.string().optional(),
  avg_frame_rate: z.string().optional(),
  r_frame_rate: z.string().optional(),
  field_order: z.string().optional(),
  color_transfer: z.string().optional(),
  start_time: z.string().optional(),
  duration: z.string().optional(),
  bit_rate: z.string().optional(),
  channels: z.number().optional(),
  sample_rate: z.string().optional(),
  disposition: z.record(z.string(), z.number()).optional(),
  tags: z.record(z.string(), z.string()).optional(),
  side_data_list: z.array(z.object({ rotation: z.number().optional() })).optional(),
})
export type Stream = z.infer<typeof Stream>

export const Report = z.object({
  streams: z.array(Stream).default([]),
  chapters: z
    .array(z.object({ start_time: z.string(), end_time: z.string(), tags: z.record(z.string(), z.string()).default({}) }))
    .default([]),
  format: z.object({
    format_name: z.string().default('unknown'),
    start_time: z.string().optional(),
    duration: z.string().optional(),
    bit_rate: z.string().optional(),
  }),
})
export type Report = z.infer<typeof Report>

const MAX_BASE_RATE = 240

/** What was reported of a file's first fragment, made true of all of it: its streams and the whole end where the last fragment does. */
export function wholeOf(report: Report, { first, last }: FragmentTimes, sizeBytes: number): Report {
  const startOf = ({ start_time }: { start_time?: string | undefined }) => Number(start_time) || 0
  // Edit lists move a stream on the file's clock: where its first sample came to lie tells how far.
  const shifts = FRAGMENT_KINDS.flatMap((kind) => {
    const stream = report.streams.find(({ codec_type }) => codec_type === kind)
    return stream && first[kind] ? [{ kind, seconds: startOf(stream) - first[kind].from }] : []
  })
  const ends = FRAGMENT_KINDS.flatMap((kind) => {
    const shift = shifts.find((one) => one.kind === kind) ?? shifts[0]
    return last[kind] ? [{ kind, seconds: last[kind].to + (shift?.seconds ?? 0) }] : []
  })
  const streams = report.streams.map((stream) => {
    const end = ends.find(({ kind }) => kind === stream.codec_type)
    return { ...stream, duration: end && String(end.seconds - startOf(stream)) }
  })
  const duration = ends.reduce((latest, { seconds }) => Math.max(latest, seconds), 0) - startOf(report.format)
  return { ...report, streams, format: { ...report.format, duration: String(duration), bit_rate: String(Math.round((sizeBytes * 8) / duration)) } }
}

export function pictureFacts(stream: Stream, durationSeconds: number): NonNullable<MediaInfo['video']> {
  const turned = stream.side_data_list?.find(({ rotation }) => rotation !== undefined)?.rotation ?? 0
  const rotation = ((((Math.round(-turned / 90) * 90) % 360) + 360) % 360) as 0 | 90 | 180 | 270
  const [codedWidth, codedHeight] = [stream.width as number, stream.height as number]
  const sar = ratio(stream.sample_aspect_ratio?.replace(':', '/'))
  const square = { width: Math.max(2, Math.round((codedWidth * (sar?.num ?? 1)) / (sar?.den ?? 1))), height: codedHeight }
  const upright = rotation % 180 === 0 ? square : { width: square.height, height: square.width }
  const [average, base] = [ratio(stream.avg_frame_rate), ratio(stream.r_frame_rate)]
  return {
    codec: stream.codec_name as string,
    profile: stream.profile ?? null,
    codedWidth,
    codedHeight,
    ...upright,
    rotation,
    // Bases like 90000/1 and 1000/1 are clocks, not rates (reference: transcode.md section 1.8).
    frameRate: average ?? (base && base.num / base.den <= MAX_BASE_RATE ? base : { num: 30, den: 1 }),
    variableFrameRate: average !== null && base !== null && Math.abs(average.num / average.den - base.num / base.den) > 0.01,
    interlaced: ['tt', 'bb', 'tb', 'bt'].includes(stream.field_order ?? ''),
    pixelFormat: stream.pix_fmt ?? 'unknown',
    bitDepth: integer(stream.bits_per_raw_sample) ?? (/p?1[02](le|be)?$/.test(stream.pix_fmt ?? '') ? 10 : 8),
    transfer: stream.color_transfer === 'smpte2084' ? 'pq' : stream.color_transfer === 'arib-std-b67' ? 'hlg' : 'sdr',
    durationSeconds,
  }
}

export function soundFacts(stream: Stream, index: number): MediaInfo['audio'][number] {
  return {
    index,
    codec: stream.codec_name as string,
    profile: stream.profile ?? null,
    channels: Math.max(1, stream.channels ?? 2),
    sampleRate: integer(stream.sample_rate) ?? 48_000,
    bitrateBps: integer(stream.bit_rate),
    startSeconds: stream.start_time !== undefined && Number.isFinite(Number(stream.start_time)) ? Number(stream.start_time) : null,
    language: toBcp47(stream.tags?.language),
    title: titleOf(stream),
    isDefault: stream.disposition?.default === 1,
  }
}

/** A stream's title for people; the names muxers put there by themselves are none. */
export function titleOf({ tags }: Stream): string | null {
  const text = (tags?.title ?? tags?.handler_name ?? '').replaceAll(/SoundHandler|SubtitleHandler|Core Media \w+|\p{C}/gu, '')
  return text.trim().slice(0, 200) || null
}

/** A stream's own duration: in its header, or as Matroska's `DURATION` tag (hh:mm:ss.fraction). */
export function streamSeconds(stream: Stream): number | null {
  const tag = /^(\d+):(\d\d):(\d\d(?:\.\d+)?)$/.exec(stream.tags?.DURATION ?? stream.tags?.duration ?? '')
  return seconds(stream.duration) ?? (tag ? Number(tag[1]) * 3600 + Number(tag[2]) * 60 + Number(tag[3]) : null)
}

export function seconds(text: string | undefined): number | null {
  const value = Number(text)
  return text && Number.isFinite(value) && value > 0 ? value : null
}

export function integer(text: string | undefined): number | null {
  const value = Number(text)
  return text && Number.isInteger(value) && value > 0 ? value : null
}

/** `30000/1001` in lowest whole numbers; null for `0/0` and the like. */
function ratio(text: string | undefined): Rational | null {
  const match = /^(\d+)\/(\d+)$/.exec(text ?? '')
  const [num, den] = [Number(match?.[1]), Number(match?.[2])]
  return num > 0 && den > 0 ? { num, den } : null
}
