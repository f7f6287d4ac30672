import { Fault } from '@avocet/shared/fault'
import { z } from 'zod'
import { readableKey, writableKey } from '../../domain/jobs/objectAccess.ts'
import { route } from '../../http/route.ts'
import { serveObject } from '../../http/serveObject.ts'

const params = z.object({ id: z.string().max(40), key: z.string().max(300) })
const query = z.strictObject({ epoch: z.coerce.number().int().positive() })
const about = { tag: 'Agents', needs: 'agent', rate: 'none', path: '/jobs/:id/objects/:key{.+}' } as const
const MAX_OBJECT_BYTES = 95 * 1024 * 1024

/** The `edge` storage driver: objects through the Worker, for hosts that must hold no storage keys. */
export const objectRoutes = [
  route({
    ...about,
    method: 'GET',
    summary: "Read the source, or an object of the job's encode",
    input: { params, query },
    output: { status: 200, type: 'application/octet-stream' },
    async run({ deps, actor, params, query, request }) {
      const key = await readableKey(deps, actor, params.id, query.epoch, params.key)
      return serveObject(deps.objects, key, request, { contentType: 'application/octet-stream', cacheControl: 'no-store' })
    },
  }),
  route({
    ...about,
    method: 'PUT',
    summary: "Write an object of the job's encode",
    input: { params, query, streams: ['application/octet-stream'] },
    output: { status: 204 },
    async run({ deps, actor, params, query, request }) {
      const size = Number(request.headers.get('Content-Length') ?? Number.NaN)
      if (!request.body || !Number.isInteger(size) || size < 1) throw new Fault('bad_request', 'A body with Content-Length is needed.', { reason: 'length_required' })
      if (size > MAX_OBJECT_BYTES) throw new Fault('too_large', 'The object is too large.', { reason: 'body_too_large', extra: { max_size: MAX_OBJECT_BYTES } })
      const key = await writableKey(deps, actor, params.id, query.epoch, params.key)
      await deps.objects.put(key, request.body, size, request.headers.get('Content-Type') ?? 'application/octet-stream')
    },
  }),
]
