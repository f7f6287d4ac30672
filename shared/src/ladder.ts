/** From what a source is to what is made of it. Pure: the same facts always give the same plan, on every host. */
import {
  type AudioStream,
  type EncodePlan,
  type Encoder,
  type MediaInfo,
  type PlannedChunk,
  type Rational,
  SEGMENT_SECONDS,
  VIDEO_CODECS,
  type VideoCodec,
  type VideoRung,
} from './encode.ts'
import { Fault } from './fault.ts'

/** Rungs of each codec by the display's short side: capped quality; caps at 30 and at 60 fps (reference: transcode.md section 2). */
const RUNGS: Record<VideoCodec, readonly { short: number; quality: number; cap: number; cap60: number }[]> = {
  h264: [
    { short: 2160, quality: 24, cap: 16000, cap60: 24000 },
    { short: 1440, quality: 23, cap: 10000, cap60: 15000 },
    { short: 1080, quality: 23, cap: 5350, cap60: 8000 },
    { short: 720, quality: 23, cap: 3000, cap60: 4500 },
    { short: 480, quality: 23, cap: 1500, cap60: 2250 },
    { short: 360, quality: 23, cap: 860, cap60: 1290 },
    { short: 240, quality: 24, cap: 430, cap60: 645 },
  ],
  hevc: [
    { short: 2160, quality: 26, cap: 14000, cap60: 21000 },
    { short: 1440, quality: 26, cap: 8000, cap60: 12000 },
    { short: 1080, quality: 26, cap: 3700, cap60: 5550 },
    { short: 720, quality: 26, cap: 2100, cap60: 3150 },
    { short: 480, quality: 26, cap: 1000, cap60: 1500 },
    { short: 360, quality: 27, cap: 600, cap60: 900 },
  ],
  av1: [
    { short: 2160, quality: 35, cap: 10500, cap60: 15750 },
    { short: 1440, quality: 35, cap: 6000, cap60: 9000 },
    { short: 1080, quality: 35, cap: 2800, cap60: 4200 },
    { short: 720, quality: 35, cap: 1600, cap60: 2400 },
    { short: 480, quality: 35, cap: 800, cap60: 1200 },
    { short: 360, quality: 36, cap: 450, cap60: 675 },
  ],
}
const NAME_ENDS = { h264: '', hevc: 'h', av1: 'a' } as const

/** H.264 levels with their largest frame and rate in macroblocks (ITU-T H.264 table A-1). */
const LEVELS = [
  { level: '2.1', frame: 792, perSecond: 19_800 },
  { level: '3.0', frame: 1_620, perSecond: 40_500 },
  { level: '3.1', frame: 3_600, perSecond: 108_000 },
  { level: '3.2', frame: 5_120, perSecond: 216_000 },
  { level: '4.0', frame: 8_192, perSecond: 245_760 },
  { level: '4.2', frame: 8_704, perSecond: 522_240 },
  { level: '5.0', frame: 22_080, perSecond: 589_824 },
  { level: '5.1', frame: 36_864, perSecond: 983_040 },
  { level: '5.2', frame: 36_864, perSecond: 2_073_600 },
] as const

/** Rates players know; a source's average goes to the nearest one. */
const RATES: readonly Rational[] = [
  { num: 24000, den: 1001 },
  { num: 24, den: 1 },
  { num: 25, den: 1 },
  { num: 30000, den: 1001 },
  { num: 30, den: 1 },
  { num: 48, den: 1 },
  { num: 50, den: 1 },
  { num: 60000, den: 1001 },
  { num: 60, den: 1 },
]
const MAX_RATE: Rational = { num: 60, den: 1 }

/** Seconds of the first chunks, of whole segments and at least one: the first is that. The last value repeats. Short ones first: playable soon, then efficient. */
const CHUNK_SECONDS = [0, 8, 16, 32, 60] as const
/** Towards the end chunks shrink again, so that hosts finish together: none is longer than this share of what is left, nor shorter than this. */
const TAIL_SHARE = 1 / 4
const TAIL_SECONDS = 8

/** Sources of more pixels a second than 1080p at 30 take so long to decode that their first piece must be smaller, or it would not play within 5 s. */
const USUAL_PIXELS_PER_SECOND = 1920 * 1088 * 31
const SLOW_FIRST_SHORT_SIDE = 360
/** Of more than 1080p at 60 in H.264 four seconds take too long as well. Other codecs take twice as long for a pixel and more (docs/decisions/0007). */
const LARGE_PIXELS_PER_SECOND = 1920 * 1088 * 61
const OTHER_CODECS_COST = 2

const MAX_SIDE = 8192
/** H.264 encoders and decoders in hardware go no further. */
const MAX_ENCODED_SIDE = 4096
const MAX_DURATION_SECONDS = 24 * 3600
const MAX_AUDIO_STREAMS = 8
/** Sound is copied up to these rates: stereo, 5.1. */
const MAX_COPY_BPS = 192_000
const MAX_COPY_SURROUND_BPS = 448_000
const SURROUND_CHANNELS = 6
/** Sound that starts later than this starts late. */
export const LATE_SECONDS = 0.03

/** Which encoder each wanted codec gets. Codecs without one are left out. */
export type Encoders = Partial<Record<VideoCodec, Encoder>>

/** The plan for a source. Throws unprocessable with a human sentence when none can be made (`not_a_video`, `source_too_long`, `source_too_large`). */
export function planEncode(media: MediaInfo, { encoders }: { encoders: Encoders }): EncodePlan {
  const { video } = media
  if (!video && media.audio.length === 0)
    throw new Fault('unprocessable', 'The file holds neither picture nor sound.', { reason: 'not_a_video' })
  if (media.durationSeconds > MAX_DURATION_SECONDS)
    throw new Fault('unprocessable', 'The video is longer than 24 hours.', { reason: 'source_too_long' })
  if (video && Math.max(video.width, video.height) > MAX_SIDE)
    throw new Fault('unprocessable', `The picture is larger than ${MAX_SIDE} pixels.`, { reason: 'source_too_large' })
  // Deinterlacing makes a frame of each field (reference: transcode.md section 1.8).
  const pictureRate = { num: (video?.frameRate.num ?? 30) * (video?.interlaced ? 2 : 1), den: video?.frameRate.den ?? 1 }
  const frameRate = gridRate(pictureRate)
  const fps = frameRate.num / frameRate.den
  const gopFrames = Math.max(1, Math.round((fps * SEGMENT_SECONDS) / 2))
  const pixels = video ? pixelsPerSecond(video, pictureRate) : 0
  const isLarge = pixels * (video?.codec === 'h264' ? 1 : OTHER_CODECS_COST) > LARGE_PIXELS_PER_SECOND
  const segmentFrames = isLarge ? gopFrames : gopFrames * 2
  const expectedFrames = video ? Math.max(1, Math.round((video.durationSeconds + (video.outlastedSeconds ?? 0)) * fps)) : 0
  return {
    encoders: video ? encoders : {},
    frameRate,
    gopFrames,
    segmentFrames,
    // ffmpeg's own rule for MP4: the smallest doubling of the numerator that is at least 10,000.
    ...timescaleOf(frameRate),
    expectedFrames,
    durationSeconds: video ? expectedFrames / fps : media.durationSeconds,
    chunks: video ? planChunks(expectedFrames, segmentFrames, fps) : [],
    video: video ? VIDEO_CODECS.filter((codec) => encoders[codec]).flatMap((codec) => planRungs(codec, video, fps, media.bitrateBps)) : [],
    ...(pixels > USUAL_PIXELS_PER_SECOND && { firstShortSide: SLOW_FIRST_SHORT_SIDE }),
    audio: planAudio(media.audio),
    dropped: [],
    source: {
      rotation: video?.rotation ?? 0,
      deinterlace: video?.interlaced ?? false,
      ...(video?.outlastedSeconds && { holdLast: true as const }),
      ...(video?.unmarkedFields && { unmarkedFields: video.unmarkedFields }),
      toneMap: !video || video.transfer === 'sdr' ? 'none' : video.transfer,
      remux: !media.indexed,
      ...(media.fragmented && { fragmented: true as const }),
    },
  }
}

/** The grid's exact rate: the nearest rate players know, at most 60. Slow sources (slides, GIF) keep their own whole rate. */
export function gridRate(rate: Rational): Rational {
  const fps = rate.num / rate.den
  if (!(fps > 0)) return { num: 30, den: 1 }
  if (fps >= 60) return MAX_RATE
  const nearest = RATES.reduce((best, one) => (distance(one, fps) < distance(best, fps) ? one : best))
  if (distance(nearest, fps) < 0.02 || fps > 24) return nearest
  return { num: Math.max(1, Math.round(fps)), den: 1 }
}

const pixelsPerSecond = ({ codedWidth, codedHeight }: NonNullable<MediaInfo['video']>, { num, den }: Rational) => (codedWidth * codedHeight * num) / den

const distance = (rate: Rational, fps: number) => Math.abs(rate.num / rate.den - fps) / fps

function timescaleOf({ num, den }: Rational): { timescale: number; ticksPerFrame: number } {
  let factor = 1
  while (num * factor < 10_000) factor *= 2
  return { timescale: num * factor, ticksPerFrame: den * factor }
}

/** Chunks of whole segments. The last one is open-ended and swallows a remainder shorter than a segment: probed durations are estimates. */
export function planChunks(frames: number, segmentFrames: number, fps: number): PlannedChunk[] {
  const chunks: PlannedChunk[] = []
  for (let start = 0, index = 0; start < frames; index++) {
    const left = (frames - start) / fps
    const seconds = Math.min(CHUNK_SECONDS[Math.min(index, CHUNK_SECONDS.length - 1)]!, Math.max(TAIL_SECONDS, left * TAIL_SHARE))
    const length = Math.max(1, Math.round((seconds * fps) / segmentFrames)) * segmentFrames
    const isLast = start + length + segmentFrames > frames
    chunks.push({ index, startFrame: start, endFrame: isLast ? null : start + length })
    if (isLast) break
    start += length
  }
  return chunks
}

function planRungs(codec: VideoCodec, video: NonNullable<MediaInfo['video']>, fps: number, bitrateBps: number | null): VideoRung[] {
  const short = Math.min(video.width, video.height)
  const fitting = RUNGS[codec].filter((rung) => rung.short <= short)
  // Other codecs save bits where pictures are large; small ones are well served by H.264.
  if (codec !== 'h264' && fitting.length === 0) return []
  // Between two rungs the source's own size is the top; below the lowest it is the only one. Above the highest nothing is gained.
  const between = RUNGS[codec].findLast((rung) => rung.short > short)
  const tops = !between || fitting[0]?.short === short ? [] : [{ ...between, short }]
  const rungs = [...tops, ...fitting].filter((rung, at, all) => at === 0 || rung.short < all[at - 1]!.short * 0.9)
  const planned = rungs.map((rung, at) => {
    const { width, height } = scaledTo(video, rung.short)
    const cap = fps > 31 ? rung.cap60 : rung.cap
    // A source that is itself small needs no more than a little above its own rate at the top.
    const enough = bitrateBps && (bitrateBps * efficiency(video.codec) * 1.2) / efficiency(codec) / 1000
    const maxrateKbps = at === 0 && enough ? Math.max(200, Math.min(cap, Math.ceil(enough))) : cap
    return {
      name: `v${Math.max(16, Math.min(width, height))}${NAME_ENDS[codec]}`,
      codec,
      width,
      height,
      quality: rung.quality,
      maxrateKbps,
      bufsizeKbps: maxrateKbps * 2,
      profile: codec === 'h264' ? ('high' as const) : ('main' as const),
      level: codec === 'h264' ? levelOf(width, height, fps) : null,
    }
  })
  // The bound of the long side makes equals of rungs of very wide pictures.
  return planned.filter(({ name }, at) => planned.findIndex((one) => one.name === name) === at)
}

/** The lowest level a picture fits in: long narrow ones need more than their short side tells. */
function levelOf(width: number, height: number, fps: number): string {
  const [across, down] = [Math.ceil(width / 16), Math.ceil(height / 16)]
  const frame = across * down
  // A side may have at most sqrt(8 * frame) macroblocks (section A.3.1).
  const side = Math.max(across, down) ** 2 / 8
  return (LEVELS.find((one) => Math.max(frame, side) <= one.frame && frame * fps <= one.perSecond) ?? LEVELS[LEVELS.length - 1]!).level
}

/** How many H.264 bits a source codec's bit is worth (reference: transcode.md section 2). */
const efficiency = (codec: string) => (codec === 'hevc' || codec === 'vp9' ? 1.6 : codec === 'av1' ? 2 : 1)

/** Even square-pixel size whose short side is `short`, never larger than the source, its long side bounded. */
function scaledTo({ width, height }: { width: number; height: number }, short: number): { width: number; height: number } {
  const scale = Math.min(1, short / Math.min(width, height), MAX_ENCODED_SIDE / Math.max(width, height))
  // To the nearest even number: within a pixel of the source's shape, as Apple's authoring rules want it.
  const even = (value: number) => Math.max(2, Math.min(2 * Math.round((value * scale) / 2), 2 * Math.floor(value / 2)))
  return { width: even(width), height: even(height) }
}

/** Every stream in stereo, and beside it in 5.1 where the source has that: a stream of its own, for the players that ask for it. */
function planAudio(streams: MediaInfo['audio']): AudioStream[] {
  const kept = streams.slice(0, MAX_AUDIO_STREAMS)
  const chosen = Math.max(
    0,
    kept.findIndex(({ isDefault }) => isDefault),
  )
  const labels = new Set<string>()
  const stereo = kept.map((stream, at): Omit<AudioStream, 'name'> => {
    const copy = isAacLc(stream) && stream.channels <= 2 && (stream.bitrateBps ?? Number.POSITIVE_INFINITY) <= MAX_COPY_BPS
    return {
      sourceIndex: stream.index,
      copy,
      ...startOf(stream),
      channels: copy ? stream.channels : 2,
      bitrateKbps: copy ? Math.max(1, Math.round((stream.bitrateBps ?? 128_000) / 1000)) : 128,
      language: stream.language,
      label: uniqueLabel(labels, stream.title ?? (stream.language === 'und' ? 'Sound' : stream.language)),
      isDefault: at === chosen,
    }
  })
  const surround = kept.flatMap((stream, at): Omit<AudioStream, 'name'>[] => {
    if (stream.channels < SURROUND_CHANNELS) return []
    const copy =
      isAacLc(stream) && stream.channels === SURROUND_CHANNELS && (stream.bitrateBps ?? Number.POSITIVE_INFINITY) <= MAX_COPY_SURROUND_BPS
    return [{ ...stereo[at]!, copy, channels: SURROUND_CHANNELS, bitrateKbps: copy ? Math.round((stream.bitrateBps ?? 384_000) / 1000) : 384, isDefault: false }]
  })
  return [...stereo, ...surround].map((stream, at) => ({ name: `a${at}`, ...stream }))
}

const startOf = ({ startSeconds }: MediaInfo['audio'][number]): Pick<AudioStream, 'startsAtZero'> =>
  startSeconds === undefined ? {} : { startsAtZero: startSeconds !== null && Math.abs(startSeconds) <= LATE_SECONDS }

const isAacLc = (stream: MediaInfo['audio'][number]) => stream.codec === 'aac' && stream.profile === 'LC' && stream.sampleRate <= 48_000

function uniqueLabel(taken: Set<string>, wish: string): string {
  let label = wish
  for (let count = 2; taken.has(label); count++) label = `${wish} ${count}`
  taken.add(label)
  return label
}
