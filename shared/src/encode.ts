/** The plan of an encode and what its work leaves behind. Written by the Worker, carried out by agents, read by the edge's playlists. */
import { z } from 'zod'

const count = z.number().int().nonnegative()
const positive = z.number().int().positive()

/** An exact rational, e.g. 30000/1001. */
export const Rational = z.object({ num: positive, den: positive })
export type Rational = z.infer<typeof Rational>

/** What the probe found out about a source. Durations in seconds as probed; sizes in display pixels (rotation and SAR applied). */
export const MediaInfo = z.object({
  container: z.string().max(100),
  durationSeconds: z.number().positive(),
  sizeBytes: count,
  bitrateBps: count.nullable(),
  /** True when seeking is exact without an index rebuild (MP4, MOV, Matroska, WebM with cues). */
  indexed: z.boolean(),
  /** A long MP4 whose index lies in pieces all over it: to be read on from its beginning, without looking for them. Not told by older agents. */
  fragmented: z.literal(true).optional(),
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
      /** The order of fields found by looking, where the frames do not tell. */
      unmarkedFields: z.enum(['tff', 'bff']).optional(),
      /** How much longer the sound goes on than the picture, where that is more than a second. */
      outlastedSeconds: z.number().positive().optional(),
      pixelFormat: z.string().max(40),
      bitDepth: positive,
      transfer: z.enum(['sdr', 'pq', 'hlg']),
      durationSeconds: z.number().positive(),
    })
    .nullable(),
  audio: z
    .array(
      z.object({
        /** Index among the source's audio streams, as in ffmpeg's `0:a:<index>`. */
        index: count,
        codec: z.string().max(50),
        profile: z.string().max(80).nullable(),
        channels: positive,
        sampleRate: positive,
        bitrateBps: count.nullable(),
        /** When it begins, on the file's clock; null when the file does not tell. Absent from what older agents reported. */
        startSeconds: z.number().nullable().optional(),
        /** BCP-47, `und` when unknown. */
        language: z.string().max(35),
        title: z.string().max(200).nullable(),
        isDefault: z.boolean(),
      }),
    )
    .max(32),
  /** Text subtitles only: pictures of text (PGS, DVD) cannot be made into cues. Absent from what older agents reported. */
  subtitles: z
    .array(
      z.object({
        /** Index among the source's subtitle streams, as in ffmpeg's `0:s:<index>`. */
        index: count,
        codec: z.string().max(50),
        /** BCP-47, `und` when unknown. */
        language: z.string().max(35),
        title: z.string().max(200).nullable(),
        isDefault: z.boolean(),
        isForced: z.boolean(),
      }),
    )
    .max(32)
    .default([]),
  /** In order, not overlapping. */
  chapters: z
    .array(z.object({ startSeconds: z.number().nonnegative(), endSeconds: z.number().positive(), title: z.string().max(200) }))
    .max(1000)
    .default([]),
})
export type MediaInfo = z.infer<typeof MediaInfo>

export const VIDEO_CODECS = ['h264', 'hevc', 'av1'] as const
export const VideoCodec = z.enum(VIDEO_CODECS)
export type VideoCodec = z.infer<typeof VideoCodec>

export const Encryption = z.enum(['aes-128', 'none'])
export type Encryption = z.infer<typeof Encryption>

/** What an account wants made of its videos. H.264 is always among the codecs: everything plays it. */
export const EncodeProfile = z.object({
  codecs: z
    .array(VideoCodec)
    .min(1)
    .max(VIDEO_CODECS.length)
    .refine((codecs) => codecs.includes('h264') && new Set(codecs).size === codecs.length, 'Must name h264, and nothing twice.'),
  /** Absent: `aes-128`. Without encryption there is a DASH manifest beside HLS; limits of tokens on viewers and views then cannot hold. */
  encryption: Encryption.optional(),
})
export type EncodeProfile = z.infer<typeof EncodeProfile>
export const DEFAULT_PROFILE: EncodeProfile = { codecs: ['h264'] }

/** Encoders by ffmpeg's names. One writes byte-identical init segments; all chunks of a codec in an encode use the same one. */
export const ENCODERS = ['libx264', 'libx265', 'libsvtav1', 'h264_nvenc', 'hevc_nvenc', 'av1_nvenc'] as const
export const Encoder = z.enum(ENCODERS)
export type Encoder = z.infer<typeof Encoder>

/** The encoders of each codec, best first: a graphics card's where there is one. */
export const ENCODERS_OF: Record<VideoCodec, readonly Encoder[]> = {
  h264: ['h264_nvenc', 'libx264'],
  hevc: ['hevc_nvenc', 'libx265'],
  av1: ['av1_nvenc', 'libsvtav1'],
}

/** One picture rung: capped quality, so that chunks need no shared rate-control state. */
export const VideoRung = z.object({
  /** Path-safe, e.g. `v720`; `v720h` in HEVC, `v720a` in AV1. */
  name: z.string().regex(/^v[0-9]{2,5}[ha]?$/),
  codec: VideoCodec,
  width: positive,
  height: positive,
  /** CRF on the scale of the codec's software encoder; NVENC uses its own equivalent. */
  quality: positive,
  maxrateKbps: positive,
  bufsizeKbps: positive,
  profile: z.enum(['main', 'high']),
  /** Null: the encoder finds the lowest that fits. */
  level: z
    .string()
    .regex(/^\d\.\d$/)
    .nullable(),
})
export type VideoRung = z.infer<typeof VideoRung>

/** One sound stream; a rendition of the audio group. */
export const AudioStream = z.object({
  /** Path-safe, e.g. `a0`. */
  name: z.string().regex(/^a[0-9]{1,2}$/),
  sourceIndex: count,
  /** True when the source's AAC is fit to be copied. */
  copy: z.boolean(),
  /** Whether it begins with the file; absent where that is not known yet. What begins late is encoded, so that silence can be put in front of it. */
  startsAtZero: z.boolean().optional(),
  channels: positive,
  bitrateKbps: positive,
  language: z.string().max(35),
  label: z.string().max(200),
  isDefault: z.boolean(),
})
export type AudioStream = z.infer<typeof AudioStream>

/** Frames [startFrame, endFrame) on the plan's grid; `endFrame` is null for the last chunk, which runs to the end of the source. */
export const PlannedChunk = z.object({ index: count, startFrame: count, endFrame: positive.nullable() })
export type PlannedChunk = z.infer<typeof PlannedChunk>

export const EncodePlan = z.object({
  /** Which encoder makes each codec of `video`. */
  encoders: z.partialRecord(VideoCodec, Encoder),
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
  /** By codec, H.264 first; inside a codec highest first. Empty for sound only. */
  video: z.array(VideoRung),
  /** Largest short side of the H.264 rungs that the first chunk begins with; absent: 480. */
  firstShortSide: positive.optional(),
  audio: z.array(AudioStream),
  /** What was planned, could not be made and was left out, and why. */
  dropped: z.array(z.object({ stream: z.string().max(40), reason: z.string().max(60), message: z.string().max(500) })).default([]),
  /** What must happen to a frame before scaling. */
  source: z.object({
    rotation: z.union([z.literal(0), z.literal(90), z.literal(180), z.literal(270)]),
    deinterlace: z.boolean(),
    /** Treat every frame as two fields in this order, whatever it says itself. */
    unmarkedFields: z.enum(['tff', 'bff']).optional(),
    toneMap: z.enum(['none', 'pq', 'hlg']),
    /** The last picture is held up to the expected frames: sound goes on. */
    holdLast: z.literal(true).optional(),
    /** True: remux before seeking, the container has no usable index. */
    remux: z.boolean(),
    /** As the probe found it (`MediaInfo.fragmented`). */
    fragmented: z.literal(true).optional(),
    /** The copy that was made, under lease `epoch`; absent until then, and once it is not needed any more. */
    remuxed: z.object({ epoch: positive, bytes: positive, secret: z.string().optional() }).optional(),
  }),
})
export type EncodePlan = z.infer<typeof EncodePlan>

/** Segments per content key: with 4 s segments a fresh key every 60 s (DESIGN section 8), with 2 s ones every 30 s. */
export const SEGMENTS_PER_KEY = 15
/** The most a segment is planned to last; sound's always does. */
export const SEGMENT_SECONDS = 4

export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/)

/** One stored media segment: duration in its rendition's timescale ticks, size and digest of the stored (encrypted) bytes. */
export const Segment = z.object({ duration: positive, bytes: positive, sha256: Sha256 })
export type Segment = z.infer<typeof Segment>

/** What one piece of work made of one rendition. */
export const RenditionOutput = z.object({
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
export const ChunkManifest = z.object({
  epoch: positive,
  /** Picture frames in this chunk; 0 for sound. */
  frames: count,
  renditions: z.record(z.string(), RenditionOutput),
  /** Of a whole sound stream, EBU R 128; null where nothing is loud enough to be measured. */
  loudness: z
    .strictObject({ integratedLufs: z.number(), truePeakDbtp: z.number(), rangeLu: z.number() })
    .nullable()
    .optional(),
})
export type ChunkManifest = z.infer<typeof ChunkManifest>

/** An encode as one progressive MP4 for keeping. */
export const EncodeDownload = z.object({ key: z.string(), sizeBytes: positive })
export type EncodeDownload = z.infer<typeof EncodeDownload>

/** Images of an encode. The storyboard is `columns` x `rows` tiles a sheet, tile k shows second `k * intervalSeconds`. */
export const EncodeImages = z.object({
  epoch: positive,
  poster: z.object({ width: positive, height: positive, bytes: positive }),
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
