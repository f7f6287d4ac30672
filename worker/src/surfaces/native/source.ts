import { Fault } from '@avocet/shared/fault'
import { z } from 'zod'
import { receivePart } from '../../domain/sources/receivePart.ts'
import { sourceStatus } from '../../domain/sources/sourceStatus.ts'
import { getVideo } from '../../domain/videos/getVideo.ts'
import { parseContentRange } from '../../http/contentRange.ts'
import { route } from '../../http/route.ts'
import { idParam } from './codec.ts'
import { encodeVideo, VideoBody } from './videoCodec.ts'

const count = z.number().int().nonnegative()
const params = z.object({ id: idParam('video') })

/** Files in parts of any size, for senders that do not know the size yet: recorders, and streams from elsewhere. */
export const sourceRoutes = [
  route({
    method: 'POST',
    path: '/videos/:id/source',
    summary: 'Send the file of a video that awaits it, whole or in parts of any size; encoding starts with the last',
    tag: 'Uploads',
    needs: 'videos:write',
    rate: 'none',
    input: {
      params,
      query: z.strictObject({ filename: z.string().max(5000).optional() }),
      headers: z.object({ 'Content-Range': z.string().optional().describe('`part 2/5`, `part 2/*` while the total is unknown, or `bytes 0-99/1000`; every part but the last has at least 5 MiB') }),
      streams: ['application/octet-stream', 'video/*'],
    },
    output: { status: 201, body: VideoBody },
    async run({ deps, actor, params, query, request }) {
      const range = parseContentRange(request.headers.get('Content-Range'))
      if (!request.body) throw new Fault('bad_request', 'Send the file as the body.', { reason: 'file_required' })
      return encodeVideo(deps.config, await receivePart(deps, actor, params.id, { range, filename: query.filename ?? 'upload', body: request.body }))
    },
  }),
  route({
    method: 'GET',
    path: '/videos/:id/source',
    summary: 'Which parts of the file have come',
    tag: 'Uploads',
    needs: 'videos:read',
    rate: 'read',
    input: { params },
    output: {
      status: 200,
      body: z.object({
        complete: z.boolean(),
        received_bytes: count,
        total: count.nullable().describe('Parts or bytes, by how they are sent; null while unknown'),
        parts: z.array(z.object({ position: count.describe('Number of the part from 0, or its first byte'), size: count })),
      }),
    },
    async run({ deps, actor, params }) {
      const detail = await getVideo(deps, actor, params.id)
      const { intake, parts } = await sourceStatus(deps, detail)
      const received = parts.map(({ position, sizeBytes }) => ({ position, size: sizeBytes }))
      const bytes = detail.asset.sizeBytes || received.reduce((sum, { size }) => sum + size, 0)
      return { complete: detail.asset.sizeBytes > 0, received_bytes: bytes, total: intake?.total ?? null, parts: received }
    },
  }),
]
