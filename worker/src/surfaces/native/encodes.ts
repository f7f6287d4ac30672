import { EncodeProfile, Encryption } from '@avocet/shared/encode'
import { z } from 'zod'
import { cancelEncode } from '../../domain/encodes/cancelEncode.ts'
import type { Encode } from '../../domain/encodes/encode.ts'
import { getEncode } from '../../domain/encodes/getEncode.ts'
import { liveProgress } from '../../domain/encodes/liveProgress.ts'
import { listEncodes } from '../../domain/encodes/listEncodes.ts'
import { reencodeVideo } from '../../domain/encodes/reencodeVideo.ts'
import { retryChunk } from '../../domain/encodes/retryChunk.ts'
import type { Job } from '../../domain/jobs/job.ts'
import { route } from '../../http/route.ts'
import { Iso, idParam, iso, isoOrNull } from './codec.ts'

const count = z.number().int().nonnegative()
const EncodeBody = z
  .object({
    id: z.string(),
    state: z.enum(['planning', 'encoding', 'ready', 'failed']),
    is_current: z.boolean().describe('Whether this is what plays'),
    progress: z.number().min(0).max(1),
    codecs: z.array(z.string()),
    encryption: Encryption,
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
    playable_at: Iso.nullable(),
    ready_at: Iso.nullable(),
    created_at: Iso,
  })
  .meta({ id: 'Encode' })
const QualityBody = z.object({ quality: z.string().describe('Its short side: `720p`'), state: z.enum(['planning', 'encoding', 'ready', 'failed']) })
const JobBody = z.object({
  kind: z.string(),
  stream: z.string(),
  chunk_index: count,
  state: z.enum(['queued', 'leased', 'done', 'failed', 'cancelled']),
  progress: z.number().min(0).max(1),
  speed: z.number().describe('Seconds of media made per second; 0 where that says nothing'),
  attempts: count.describe('Failed tries'),
  error: z.string().nullable(),
})
const video = z.object({ id: idParam('video') })
const one = video.extend({ encode: idParam('encode') })
const reads = { tag: 'Encodes', needs: 'videos:read', rate: 'read' } as const
const writes = { tag: 'Encodes', needs: 'videos:write', rate: 'write' } as const

export const encodeRoutes = [
  route({
    ...reads,
    method: 'GET',
    path: '/videos/:id/encodes',
    summary: 'Encodes of a video, newest first',
    input: { params: video },
    output: { status: 200, body: z.object({ data: z.array(EncodeBody) }) },
    async run({ deps, actor, params }) {
      const { encodes, currentId } = await listEncodes(deps, actor, params.id)
      return { data: encodes.map((encode) => encodeEncode(encode, encode.id === currentId)) }
    },
  }),
  route({
    ...writes,
    method: 'POST',
    path: '/videos/:id/encodes',
    summary: 'Encode a video again; what plays goes on playing until the new encode is whole',
    input: { params: video, body: z.strictObject(EncodeProfile.partial().shape) },
    output: { status: 202, body: EncodeBody },
    run: async ({ deps, actor, params, body }) => encodeEncode(await reencodeVideo(deps, actor, params.id, body), false),
  }),
  route({
    ...reads,
    method: 'GET',
    path: '/videos/:id/encodes/:encode',
    summary: 'An encode with all its work',
    input: { params: one },
    output: { status: 200, body: EncodeBody.extend({ speed: z.number().describe('Seconds of media made per second, by all hosts at work on it'), qualities: z.array(QualityBody).describe('H.264 renditions, lowest first'), jobs: z.array(JobBody) }) },
    async run({ deps, actor, params }) {
      const { encode, isCurrent, qualities, jobs } = await getEncode(deps, actor, params.id, params.encode)
      return { ...encodeEncode(encode, isCurrent), ...liveProgress(encode, jobs), qualities, jobs: jobs.map(encodeJob) }
    },
  }),
  route({
    ...writes,
    method: 'POST',
    path: '/videos/:id/encodes/:encode/cancel',
    summary: 'Cancel an encode that is not finished',
    input: { params: one },
    output: { status: 204 },
    run: ({ deps, actor, params }) => cancelEncode(deps, actor, params.id, params.encode),
  }),
  route({
    ...writes,
    method: 'POST',
    path: '/videos/:id/encodes/:encode/chunks/:index/retry',
    summary: 'Try the failed work of one chunk of a failed encode again; what is done stays done',
    input: { params: one.extend({ index: z.coerce.number().int().nonnegative().max(1_000_000) }) },
    output: { status: 204 },
    run: ({ deps, actor, params }) => retryChunk(deps, actor, params.id, params.encode, params.index),
  }),
]

const encodeEncode = (encode: Encode, isCurrent: boolean): z.infer<typeof EncodeBody> => ({
  id: encode.id,
  state: encode.state,
  is_current: isCurrent,
  progress: encode.progress,
  codecs: [...new Set((encode.plan?.video ?? []).map(({ codec }) => codec))],
  encryption: encode.encryption,
  error: encode.errorReason ? { code: encode.errorReason, message: encode.errorMessage ?? '' } : null,
  playable_at: isoOrNull(encode.playableAt),
  ready_at: isoOrNull(encode.readyAt),
  created_at: iso(encode.createdAt),
})

const encodeJob = (job: Job): z.infer<typeof JobBody> => ({
  kind: job.kind,
  stream: job.stream,
  chunk_index: job.chunkIndex,
  state: job.state,
  progress: job.progress,
  speed: job.state === 'leased' ? job.speed : 0,
  attempts: job.attempts,
  error: job.error,
})
