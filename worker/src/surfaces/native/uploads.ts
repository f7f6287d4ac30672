import { Fault } from '@avocet/shared/fault'
import { z } from 'zod'
import { abortUpload } from '../../domain/uploads/abortUpload.ts'
import { completeUpload } from '../../domain/uploads/completeUpload.ts'
import { type DirectFile, directUpload } from '../../domain/uploads/directUpload.ts'
import { getUpload } from '../../domain/uploads/getUpload.ts'
import { initUpload } from '../../domain/uploads/initUpload.ts'
import { putChunk } from '../../domain/uploads/putChunk.ts'
import type { Video } from '../../domain/videos/video.ts'
import { sha256Said } from '../../http/contentDigest.ts'
import { readMultipartFile } from '../../http/multipart.ts'
import { route } from '../../http/route.ts'
import { Iso, iso } from './codec.ts'

const count = z.number().int().nonnegative()
const params = z.object({ id: z.string().max(64) })
const Completed = z.object({ video_id: z.string(), embed_token: z.string(), status: z.enum(['processing', 'ready', 'failed']) })
const about = { tag: 'Uploads', needs: 'videos:write', byUploadToken: true } as const
const sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'Must be 64 hexadecimal digits.')
  .optional()
  .describe('Of the whole file, hexadecimal; the video fails with source_checksum_mismatch when the file is another one')
const videoId = z.string().max(64).optional().describe('A video that awaits its source; else one is made')

const size = z
  .custom<number>((value) => typeof value === 'number' && Number.isSafeInteger(value) && value > 0, {
    error: 'Must be a whole number of bytes, at least 1.',
    params: { reason: 'size_invalid' },
  })
  .meta({ type: 'integer', minimum: 1 })

export const uploadRoutes = [
  route({
    ...about,
    method: 'POST',
    path: '/upload',
    summary: 'Upload a small file in one request: raw body with ?filename=, or multipart/form-data with a file',
    rate: 'upload',
    input: {
      query: z.strictObject({ filename: z.string().max(5000).optional(), title: z.string().max(20_000).optional(), video_id: videoId }),
      streams: ['application/octet-stream', 'video/*', 'multipart/form-data'],
    },
    output: { status: 201, body: Completed },
    run: async ({ deps, actor, query, request }) => encodeCompleted(await directUpload(deps, actor, await directFile(request, query))),
  }),
  route({
    ...about,
    method: 'POST',
    path: '/upload/init',
    summary: 'Begin a chunked upload; answers the chunk size to cut the file by',
    rate: 'upload',
    input: { body: z.strictObject({ filename: z.string().max(20_000), size, title: z.string().max(20_000).optional(), video_id: videoId, sha256 }) },
    output: { status: 201, body: z.object({ upload_id: z.string(), chunk_size: count, chunk_count: count, expires_at: Iso }) },
    async run({ deps, actor, body }) {
      const upload = await initUpload(deps, actor, { filename: body.filename, sizeBytes: body.size, title: body.title, videoId: body.video_id, sha256: body.sha256 })
      return { upload_id: upload.id, chunk_size: upload.chunkBytes, chunk_count: upload.chunkCount, expires_at: iso(upload.expiresAt) }
    },
  }),
  route({
    ...about,
    method: 'POST',
    path: '/upload/chunk',
    summary: 'Upload one chunk; in any order, in parallel, and again after a failure',
    rate: 'none',
    input: {
      headers: z.object({ 'X-Upload-ID': z.string(), 'X-Chunk-Index': z.string().describe('0-based'), 'Content-Digest': z.string().optional().describe('sha-256=:<base64>: (RFC 9530); a chunk that arrives otherwise is refused') }),
      streams: ['application/octet-stream'],
    },
    output: { status: 200, body: z.object({ upload_id: z.string(), chunk_index: count, size: count, duplicate: z.boolean() }) },
    async run({ deps, actor, request }) {
      const uploadId = request.headers.get('X-Upload-ID')
      if (!uploadId) throw new Fault('bad_request', 'Say which upload by X-Upload-ID.', { reason: 'upload_id_required' })
      const length = request.headers.get('Content-Length')
      const chunk = { index: chunkIndex(request), body: request.body, sizeBytes: length === null ? null : Number(length), sha256: sha256Said(request) }
      const stored = await putChunk(deps, actor, uploadId, chunk)
      return { upload_id: uploadId, chunk_index: stored.index, size: stored.sizeBytes, duplicate: stored.duplicate }
    },
  }),
  route({
    ...about,
    method: 'POST',
    path: '/upload/complete',
    summary: 'Join the chunks and start encoding; safe to repeat',
    rate: 'upload',
    input: { body: z.strictObject({ upload_id: z.string().max(64) }) },
    output: { status: 200, body: Completed },
    run: async ({ deps, actor, body }) => encodeCompleted(await completeUpload(deps, actor, body.upload_id)),
  }),
  route({
    ...about,
    needs: 'videos:read',
    method: 'GET',
    path: '/upload/:id',
    summary: 'What has arrived and which chunks are missing',
    rate: 'read',
    input: { params },
    output: {
      status: 200,
      body: z.object({
        upload_id: z.string(),
        status: z.enum(['open', 'completing', 'completed', 'aborted', 'expired', 'failed']),
        filename: z.string(),
        size: count,
        chunk_size: count,
        chunk_count: count,
        received_bytes: count,
        received_count: count,
        missing_count: count,
        missing: z.array(count).describe('The first 100'),
        video_id: z.string().nullable(),
        expires_at: Iso,
      }),
    },
    async run({ deps, actor, params }) {
      const { upload, missing, receivedBytes, receivedCount } = await getUpload(deps, actor, params.id)
      return {
        upload_id: upload.id,
        status: upload.state,
        filename: upload.filename,
        size: upload.sizeBytes,
        chunk_size: upload.chunkBytes,
        chunk_count: upload.chunkCount,
        received_bytes: receivedBytes,
        received_count: receivedCount,
        missing_count: missing.length,
        missing: missing.slice(0, 100),
        video_id: upload.state === 'completed' ? upload.videoId : null,
        expires_at: iso(upload.expiresAt),
      }
    },
  }),
  route({
    ...about,
    method: 'DELETE',
    path: '/upload/:id',
    summary: 'Abort an upload and free its quota',
    rate: 'upload',
    input: { params },
    output: { status: 204 },
    run: ({ deps, actor, params }) => abortUpload(deps, actor, params.id),
  }),
]

const encodeCompleted = (video: Video) => ({ video_id: video.id, embed_token: video.embedToken, status: video.status })

/** Exactly a decimal number without sign, spaces, exponent or leading zero (U15). */
function chunkIndex(request: Request): number {
  const text = request.headers.get('X-Chunk-Index') ?? ''
  if (!/^(?:0|[1-9]\d{0,8})$/.test(text))
    throw new Fault('bad_request', 'X-Chunk-Index is the 0-based number of the chunk.', { reason: 'chunk_index_invalid' })
  return Number(text)
}

async function directFile(request: Request, query: { filename?: string | undefined; title?: string | undefined; video_id?: string | undefined }): Promise<DirectFile> {
  if (/^multipart\/form-data\b/i.test(request.headers.get('Content-Type') ?? '')) {
    const { filename, fields, body } = await readMultipartFile(request)
    return { filename, title: query.title ?? fields.title, sizeBytes: null, body, videoId: query.video_id ?? fields.video_id ?? null }
  }
  if (!request.body) throw new Fault('bad_request', 'Send the file as the body.', { reason: 'file_required' })
  const length = request.headers.get('Content-Length')
  return {
    filename: query.filename ?? 'upload',
    title: query.title,
    sizeBytes: length === null ? null : Number(length),
    body: request.body,
    videoId: query.video_id ?? null,
  }
}
