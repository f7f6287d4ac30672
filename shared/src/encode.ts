/** The plan of an encode and what its work leaves behind. Written by the Worker, carried out by agents, read by the edge's playlists. */
import { z } from 'zod'

const count = z.number().int().nonnegative()
const positive = z.number().int().positive()

/** An exact rational, e.g. 30000/1001. */
export const Rational = z.strictObject({ num: positive, den: positive })
export type Rational = z.infer<typeof Rational>

/** What the probe found out about a source. Durations in seconds as probed; sizes in display pixels (rotation and SAR applied). */
export const MediaInfo = z.strictObject({
  container: z.string().max(100),
  durationSeconds: z.number().positive(),
  sizeBytes: count,
  bitrateBps: count.nullable(),
  /** True when seeking is exact without an index rebuild (MP4, MOV, Matroska, WebM with cues). */
  indexed: z.boolean(),
  video: z
    .strictObject({
      codec: z.string().max(50),
      profile: z.string().max(80).nullable(),
      codedWidth: positive,
      codedHeight: positive,
      width: positive,
      height: positive,
      rotation: z.union([z.literal(0), z.literal(90), z.literal(180), z.literal(270)]),
      frameRate: Rational,
      variableFrameRate: z.boolean(),
      interlaced: z.boolean(),
      pixelFormat: z.string().max(40),
      bitDepth: positive,
      transfer: z.enum(['sdr', 'pq', 'hlg']),
      durationSeconds: z.number().positive(),
    })
    .nullable(),
  audio: z
    .array(
      z.strictObject({
        /** Index among the source's audio streams, as in ffmpeg's `0:a:<index>`. */
        index: count,
        codec: z.string().max(50),
        profile: z.string().max(80).nullable(),
        channels: positive,
        sampleRate: positive,
        bitrateBps: count.nullable(),
        /** BCP-47, `und` when unknown. */
        language: z.string().max(35),
        title: z.string().max(200).nullable(),
        isDefault: z.boolean(),
      }),
    )
    .max(32),
})
export type MediaInfo = z.infer<typeof MediaInfo>

/** Encoders of one family write byte-identical init segments; every chunk of an encode uses the same one. */
export const EncoderFamily = z.enum(['x264', 'nvenc'])
export type EncoderFamily = z.infer<typeof EncoderFamily>

/** One picture rung: capped quality, so that chunks need no shared rate-control state. */
export const VideoRung = z.strictObject({
  /** Path-safe, e.g. `v720`. */
  name: z.string().regex(/^v[0-9]{2,5}$/),
  codec: z.literal('h264'),
  width: positive,
  height: positive,
  /** CRF for x264; NVENC uses it as CQ + 1. */
  quality: positive,
  maxrateKbps: positive,
  bufsizeKbps: positive,
  profile: z.enum(['main', 'high']),
  level: z.string().regex(/^\d\.\d$/),
})
export type VideoRung = z.infer<typeof VideoRung>

/** One sound stream; a rendition of the audio group. */
export const AudioStream = z.strictObject({
  /** Path-safe, e.g. `a0`. */
  name: z.string().regex(/^a[0-9]{1,2}$/),
  sourceIndex: count,
  /** True when the source's AAC is fit to be copied. */
  copy: z.boolean(),
  channels: positive,
  bitrateKbps: positive,
  language: z.string().max(35),
  label: z.string().max(200),
  isDefault: z.boolean(),
})
export type AudioStream = z.infer<typeof AudioStream>

/** Frames [startFrame, endFrame) on the plan's grid; `endFrame` is null for the last chunk, which runs to the end of the source. */
export const PlannedChunk = z.strictObject({ index: count, startFrame: count, endFrame: positive.nullable() })
export type PlannedChunk = z.infer<typeof PlannedChunk>

export const EncodePlan = z.strictObject({
  encoderFamily: EncoderFamily,
  frameRate: Rational,
  gopFrames: positive,
  segmentFrames: positive,
  /** Media timescale of picture tracks and how many of its ticks one frame lasts. */
  timescale: positive,
  ticksPerFrame: positive,
  /** Frames expected from the probed duration; the last chunk may bring a few more or fewer. 0 without picture. */
  expectedFrames: count,
  durationSeconds: z.number().positive(),
  chunks: z.array(PlannedChunk),
  /** Highest first. Empty for sound only. */
  video: z.array(VideoRung),
  audio: z.array(AudioStream),
  /** What must happen to a frame before scaling. */
  source: z.strictObject({
    rotation: z.union([z.literal(0), z.literal(90), z.literal(180), z.literal(270)]),
    deinterlace: z.boolean(),
    toneMap: z.enum(['none', 'pq', 'hlg']),
    /** True: remux before seeking, the container has no usable index. */
    remux: z.boolean(),
  }),
})
export type EncodePlan = z.infer<typeof EncodePlan>

/** Segments per content key: with 4 s segments a fresh key every 60 s (DESIGN section 8). */
export const SEGMENTS_PER_KEY = 15
export const SEGMENT_SECONDS = 4

export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/)

/** One stored media segment: duration in its rendition's timescale ticks, size and digest of the stored (encrypted) bytes. */
export const Segment = z.strictObject({ duration: positive, bytes: positive, sha256: Sha256 })
export type Segment = z.infer<typeof Segment>

/** What one piece of work made of one rendition. */
export const RenditionOutput = z.strictObject({
  /** RFC 6381 codec string read from the init segment. */
  codecs: z.string().max(60),
  timescale: positive,
  /** Digest of the init segment; equal over all chunks of a rendition. */
  initSha256: Sha256,
  initBytes: positive,
  segments: z.array(Segment),
})
export type RenditionOutput = z.infer<typeof RenditionOutput>

/** Committed work of one stream part: all rungs of a picture chunk, or the growing whole of one sound stream (`index` 0). */
export const ChunkManifest = z.strictObject({
  epoch: positive,
  /** Picture frames in this chunk; 0 for sound. */
  frames: count,
  renditions: z.record(z.string(), RenditionOutput),
})
export type ChunkManifest = z.infer<typeof ChunkManifest>

/** Images of an encode. The storyboard is `columns` x `rows` tiles a sheet, tile k shows second `k * intervalSeconds`. */
export const EncodeImages = z.strictObject({
  epoch: positive,
  poster: z.strictObject({ width: positive, height: positive, bytes: positive }),
  storyboard: z
    .strictObject({
      sheets: positive,
      columns: positive,
      rows: positive,
      tileWidth: positive,
      tileHeight: positive,
      intervalSeconds: z.number().positive(),
      tiles: positive,
      bytes: positive,
    })
    .nullable(),
})
export type EncodeImages = z.infer<typeof EncodeImages>
