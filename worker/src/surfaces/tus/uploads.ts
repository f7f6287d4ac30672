import { Fault } from '@avocet/shared/fault'
import { z } from 'zod'
import type { Actor } from '../../domain/actor.ts'
import type { Deps } from '../../domain/ports.ts'
import { abortUpload } from '../../domain/uploads/abortUpload.ts'
import { type Append, appendToUpload } from '../../domain/uploads/appendToUpload.ts'
import { initUpload } from '../../domain/uploads/initUpload.ts'
import { resumeUpload } from '../../domain/uploads/resumeUpload.ts'
import { expiryOf, type Upload } from '../../domain/uploads/upload.ts'
import { route } from '../../http/route.ts'
import { readMetadata } from './metadata.ts'

const params = z.object({ id: z.string().max(64) })
const about = { tag: 'tus', needs: 'videos:write', byUploadToken: true } as const
const version = { 'Tus-Resumable': z.string().describe('1.0.0') }
const BYTES = 'application/offset+octet-stream'

export const tusRoutes = [
  route({
    ...about,
    method: 'POST',
    path: '',
    summary: 'Begin an upload; answers its address as Location',
    rate: 'upload',
    input: {
      headers: z.object({ ...version, 'Upload-Length': z.string(), 'Upload-Metadata': z.string().optional().describe('filename, title and video_id, each in base64') }),
    },
    output: { status: 201 },
    async run({ deps, actor, request }) {
      demandVersion(request)
      const { filename, title, video_id: videoId } = readMetadata(request.headers.get('Upload-Metadata'))
      const upload = await initUpload(deps, actor, { filename: filename ?? 'upload', title, videoId, sizeBytes: wholeNumber(request, 'Upload-Length', 'size_invalid') })
      return new Response(null, { status: 201, headers: { ...headersOf(deps, upload, 0), Location: `${deps.config.publicUrl}/tus/${upload.id}` } })
    },
  }),
  route({
    ...about,
    method: 'GET',
    path: '/:id',
    summary: 'Where to go on (HEAD): Upload-Offset; the video once it is whole',
    rate: 'read',
    input: { params, headers: z.object(version) },
    output: { status: 200 },
    async run({ deps, actor, params, request }) {
      demandVersion(request)
      const { upload, offset } = await resumeUpload(deps, actor, params.id)
      return new Response(null, { status: 200, headers: headersOf(deps, upload, offset) })
    },
  }),
  route({
    ...about,
    method: 'PATCH',
    path: '/:id',
    summary: 'Send on from Upload-Offset: a multiple of X-Chunk-Size bytes, or all that is left',
    rate: 'none',
    input: { params, headers: z.object({ ...version, 'Upload-Offset': z.string(), 'Upload-Checksum': z.string().optional() }), streams: [BYTES] },
    output: { status: 204 },
    run: ({ deps, actor, params, request }) => append(deps, actor, params.id, request),
  }),
  route({
    ...about,
    method: 'DELETE',
    path: '/:id',
    summary: 'End an upload and free its quota',
    rate: 'upload',
    input: { params, headers: z.object(version) },
    output: { status: 204 },
    run: ({ deps, actor, params, request }) => terminate(deps, actor, params.id, request),
  }),
  route({
    ...about,
    method: 'POST',
    path: '/:id',
    summary: 'PATCH or DELETE, named by X-HTTP-Method-Override, for clients that can send neither',
    rate: 'none',
    input: { params, headers: z.object({ ...version, 'X-HTTP-Method-Override': z.enum(['PATCH', 'DELETE']) }), streams: [BYTES] },
    output: { status: 204 },
    async run({ deps, actor, params, request }) {
      const method = request.headers.get('X-HTTP-Method-Override')
      if (method === 'PATCH') return append(deps, actor, params.id, request)
      if (method === 'DELETE') return terminate(deps, actor, params.id, request)
      throw new Fault('bad_request', 'X-HTTP-Method-Override is PATCH or DELETE.', { reason: 'method_not_allowed' })
    },
  }),
]

async function append(deps: Deps, actor: Actor, id: string, request: Request): Promise<Response> {
  demandVersion(request)
  if (request.headers.get('Content-Type') !== BYTES) throw new Fault('unsupported_media', `Send ${BYTES}.`, { reason: 'offset_content_type' })
  const length = request.headers.get('Content-Length')
  const sent = { offset: wholeNumber(request, 'Upload-Offset', 'offset_invalid'), body: request.body, sizeBytes: length === null ? null : Number(length), checksum: checksumOf(request) }
  const { upload, offset } = await appendToUpload(deps, actor, id, sent)
  return new Response(null, { status: 204, headers: headersOf(deps, upload, offset) })
}

async function terminate(deps: Deps, actor: Actor, id: string, request: Request): Promise<Response> {
  demandVersion(request)
  await abortUpload(deps, actor, id)
  return new Response(null, { status: 204 })
}

function headersOf(deps: Deps, upload: Upload, offset: number): Record<string, string> {
  const whole = offset === upload.sizeBytes
  return {
    'Upload-Offset': String(offset),
    'Upload-Length': String(upload.sizeBytes),
    'X-Chunk-Size': String(upload.chunkBytes),
    ...(whole ? { 'X-Video-ID': upload.videoId } : { 'Upload-Expires': new Date(expiryOf(upload.createdAt, deps.now())).toUTCString() }),
  }
}

/** A plain GET is no part of the protocol: a person with curl need not say it. */
function demandVersion(request: Request): void {
  const said = request.headers.get('Tus-Resumable')
  if (said !== '1.0.0' && !(said === null && request.method === 'GET')) throw new Fault('bad_request', 'This is tus 1.0.0: say so by Tus-Resumable.', { reason: 'tus_version' })
}

function wholeNumber(request: Request, header: string, reason: string): number {
  const text = request.headers.get(header) ?? ''
  const value = /^(?:0|[1-9]\d{0,15})$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(value) || (header === 'Upload-Length' && value === 0)) throw new Fault('bad_request', `${header} is a whole number of bytes.`, { reason })
  return value
}

const ALGORITHMS: Readonly<Record<string, 'SHA-1' | 'SHA-256'>> = { sha1: 'SHA-1', sha256: 'SHA-256' }

function checksumOf(request: Request): Append['checksum'] {
  const header = request.headers.get('Upload-Checksum')
  if (header === null) return null
  const [name = '', base64 = ''] = header.split(' ')
  const algorithm = ALGORITHMS[name]
  if (!algorithm || !/^[A-Za-z0-9+/]{27,43}=$/.test(base64)) throw new Fault('bad_request', 'Upload-Checksum is sha1 or sha256, a space, and the digest in base64.', { reason: 'checksum_unsupported' })
  return { algorithm, base64 }
}
