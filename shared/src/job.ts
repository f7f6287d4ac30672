/** Jobs as they cross the agent surface (`/agent/v1/jobs/*`). Server clock only; `epoch` is the fencing token of a lease. */
import { z } from 'zod'
import { AudioStream, ChunkManifest, EncodeImages, EncodePlan, Encoder, MediaInfo, PlannedChunk, VideoRung } from './encode.ts'

export const JOB_KINDS = ['prepare', 'encode', 'audio', 'images', 'text', 'remux', 'download', 'poster'] as const
export const JobKind = z.enum(JOB_KINDS)
export type JobKind = z.infer<typeof JobKind>

/** A lease lasts this long after its claim or last heartbeat, unless it says otherwise; agents beat every `HEARTBEAT_MS` of such a lease. */
export const LEASE_MS = 45_000
export const HEARTBEAT_MS = 10_000

/** Longest WebVTT an agent hands in for one stream; a three-hour film has about 200 kB. */
export const MAX_VTT_CHARACTERS = 1024 * 1024

/** Content key `index` covers segments [index * 15, index * 15 + 15) of every rendition; AES-128-CBC, IV = segment number (RFC 8216 section 5.2). */
export const ContentKey = z.object({ index: z.number().int().nonnegative(), hex: z.string().regex(/^[0-9a-f]{32}$/) })
export type ContentKey = z.infer<typeof ContentKey>

/** Reads the source, reports MediaInfo. Its commit is answered with the lease on chunk 0, so the same agent goes straight on. */
export const PrepareTask = z.object({
  kind: z.literal('prepare'),
  /** What the source's SHA-256 must be, hex; absent when nobody said. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/).optional(),
})
/** A plan as hosts are told it: of its chunks with one, their own or the first, where it has picture. Ten hours have six hundred. */
const TaskPlan = EncodePlan
/** Encodes one piece: some rungs of a chunk, all of one codec, from one decode. `firstSegment` is the number of its first segment in the whole rendition. */
export const EncodeTask = z.object({
  kind: z.literal('encode'),
  plan: TaskPlan,
  chunk: PlannedChunk,
  /** Of the plan's, those to make; highest first. */
  rungs: z.array(VideoRung).min(1),
  encoder: Encoder,
  firstSegment: z.number().int().nonnegative(),
  /** Null: do not encrypt. Covers exactly this task's segments. */
  keys: z.array(ContentKey).nullable(),
})
/** Encodes or copies one sound stream over the whole file. */
export const AudioTask = z.object({ kind: z.literal('audio'), plan: TaskPlan, stream: AudioStream, keys: z.array(ContentKey).nullable() })
/** Stored segments of one picture or sound, in order, for reading the encode back. */
export const StoredStream = z.object({ name: z.string(), initKey: z.string(), segmentKeys: z.array(z.string()) })
export type StoredStream = z.infer<typeof StoredStream>
export const StoredRendition = StoredStream.extend({ width: z.number().int().positive(), height: z.number().int().positive() })
/**
 * Makes poster and storyboard from the encode itself (keyframes of the smallest rung; the poster's frame from the highest). Without
 * picture, both null: a poster from the source, its cover or its waveform.
 */
export const ImagesTask = z.object({
  kind: z.literal('images'),
  plan: TaskPlan,
  smallest: StoredRendition.nullable(),
  highest: StoredRendition.nullable(),
  keys: z.array(ContentKey).nullable(),
})
/** Makes WebVTT of the source's text subtitles. */
export const TextTask = z.object({ kind: z.literal('text'), subtitles: MediaInfo.shape.subtitles.unwrap() })
/** Copies the source's picture into a form that can be seeked into exactly (shared/remux.ts). `fragmented` as in the plan. */
export const RemuxTask = z.object({ kind: z.literal('remux'), secret: z.string().regex(/^[0-9a-f]{32}$/), fragmented: z.literal(true).optional() })
export type RemuxTask = z.infer<typeof RemuxTask>
/** Copies a picture and a sound of the encode, of which one may be null, into one progressive MP4, stored under `key`. */
export const DownloadTask = z.object({
  kind: z.literal('download'),
  key: z.string(),
  /** Of all their segments; the file is no larger. */
  sizeBytes: z.number().int().positive(),
  durationSeconds: z.number().positive(),
  picture: StoredStream.nullable(),
  sound: StoredStream.nullable(),
  keys: z.array(ContentKey).nullable(),
})
/** Makes a JPEG of one frame of a stored rung, stored under `key`. */
export const PosterTask = z.object({
  kind: z.literal('poster'),
  key: z.string(),
  /** With the one segment that holds the frame. */
  rung: StoredRendition,
  /** That segment's own in the whole rendition. */
  segment: z.number().int().nonnegative(),
  /** Counted from the segment's first. */
  frame: z.number().int().nonnegative(),
  keys: z.array(ContentKey).nullable(),
})
export const JobTask = z.discriminatedUnion('kind', [PrepareTask, EncodeTask, AudioTask, ImagesTask, TextTask, RemuxTask, DownloadTask, PosterTask])
export type JobTask = z.infer<typeof JobTask>
export type EncodeTask = z.infer<typeof EncodeTask>
export type AudioTask = z.infer<typeof AudioTask>
export type ImagesTask = z.infer<typeof ImagesTask>
export type TextTask = z.infer<typeof TextTask>
export type DownloadTask = z.infer<typeof DownloadTask>
export type PosterTask = z.infer<typeof PosterTask>

/** Where the source is: one object, or, where its client sent it in unequal parts, several that make it up in their order. */
export const StoredSource = z
  .object({
    key: z.string(),
    sizeBytes: z.number().int().positive(),
    parts: z.array(z.object({ key: z.string(), sizeBytes: z.number().int().positive() })).optional(),
  })
  .refine(({ parts, sizeBytes }) => !parts || parts.reduce((sum, part) => sum + part.sizeBytes, 0) === sizeBytes, 'The parts are not the whole.')
export type StoredSource = z.infer<typeof StoredSource>

/** A claimed job: everything an agent needs to know. */
export const JobLease = z.object({
  id: z.string(),
  epoch: z.number().int().positive(),
  encodeId: z.string(),
  source: StoredSource,
  task: JobTask,
  /** How long the job was ready and nobody took it. */
  waitedMs: z.number().int().nonnegative().optional(),
  /** How long it lasts after a claim or a heartbeat: `LEASE_MS` where it is not told. */
  leaseMs: z.number().int().positive().optional(),
})
export type JobLease = z.infer<typeof JobLease>

export const ClaimRequest = z.object({ kinds: z.array(JobKind).min(1) })
/** `POST jobs/claim?wait=25`: null when no work came within the wait. */
export const ClaimAnswer = z.object({ lease: JobLease.nullable() })

/** `speed`: seconds of media made per second so far; absent from what older agents report. */
export const HeartbeatRequest = z.object({ epoch: z.number().int().positive(), progress: z.number().min(0).max(1), speed: z.number().nonnegative().optional() })
export type HeartbeatRequest = z.infer<typeof HeartbeatRequest>
/** `cancel`: stop this job, its result is no longer wanted. `drain`: finish, then claim no more. */
export const HeartbeatAnswer = z.object({ cancel: z.boolean(), drain: z.boolean() })
export type HeartbeatAnswer = z.infer<typeof HeartbeatAnswer>

export const JobResult = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('prepare'), media: MediaInfo }),
  z.object({ kind: z.literal('encode'), manifest: ChunkManifest }),
  /** `final: false` publishes the segments so far and keeps the lease. */
  z.object({ kind: z.literal('audio'), manifest: ChunkManifest, final: z.boolean() }),
  z.object({ kind: z.literal('images'), images: EncodeImages }),
  z.object({ kind: z.literal('remux'), bytes: z.number().int().positive() }),
  z.object({ kind: z.literal('download'), sizeBytes: z.number().int().positive() }),
  z.object({ kind: z.literal('poster'), image: EncodeImages.shape.poster }),
  /** WebVTT by index of the source's stream. What could not be read is left out. */
  z.object({
    kind: z.literal('text'),
    tracks: z.array(z.object({ index: z.number().int().nonnegative(), vtt: z.string().max(MAX_VTT_CHARACTERS) })).max(32),
  }),
])
export type JobResult = z.infer<typeof JobResult>
export const CommitRequest = z.object({ epoch: z.number().int().positive(), result: JobResult })
/** `next` is the lease to go straight on with, after `prepare`. */
export const CommitAnswer = z.object({ next: JobLease.nullable() })

/** retryable: the world's fault, try again. permanent: the input's fault, the encode fails with `reason`. crash: a process died on it. */
export const FailureClass = z.enum(['retryable', 'permanent', 'crash'])
export type FailureClass = z.infer<typeof FailureClass>
export const FailRequest = z.object({
  epoch: z.number().int().positive(),
  class: FailureClass,
  /** Machine word, e.g. `source_truncated`, `not_a_video`, `disk_full`. */
  reason: z.string().regex(/^[a-z0-9_]{1,60}$/),
  /** One human sentence; shown to the video's owner when permanent. */
  message: z.string().max(500),
})
export type FailRequest = z.infer<typeof FailRequest>
/** Objects too large for one request (`/agent/v1/jobs/{id}/parts/{key}`): begun, written part by part, ended by the parts' tags in order. */
export const BeginPartsAnswer = z.object({ upload: z.string() })
export const PutPartAnswer = z.object({ etag: z.string() })
export const FinishPartsRequest = z.object({ epoch: z.number().int().positive(), upload: z.string().min(1).max(1000), etags: z.array(z.string().max(400)).min(1).max(10_000) })
export const ReleaseRequest = z.object({ epoch: z.number().int().positive() })
