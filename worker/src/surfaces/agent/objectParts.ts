import { BeginPartsAnswer, FinishPartsRequest, PutPartAnswer } from '@avocet/shared/job'
import { Fault } from '@avocet/shared/fault'
import { z } from 'zod'
import { writableKey } from '../../domain/jobs/objectAccess.ts'
import { route } from '../../http/route.ts'

const MAX_PARTS = 10_000
const params = z.object({ id: z.string().max(40), key: z.string().max(300) })
const epoch = z.coerce.number().int().positive()
const query = z.strictObject({ epoch, upload: z.string().min(1).max(1000) })
const about = { tag: 'Agents', needs: 'agent', rate: 'none', path: '/jobs/:id/parts/:key{.+}' } as const

/** The `edge` storage driver's way to write what is too large for one request: parts of one size, the last may be smaller. */
export const objectPartRoutes = [
  route({
    ...about,
    method: 'POST',
    summary: "Begin a large object of the job's encode",
    input: { params, query: z.strictObject({ epoch, type: z.string().max(100) }) },
    output: { status: 201, body: BeginPartsAnswer },
    async run({ deps, actor, params, query }) {
      const key = await writableKey(deps, actor, params.id, query.epoch, params.key)
      return { upload: await deps.objects.createMultipart(key, query.type) }
    },
  }),
  route({
    ...about,
    method: 'PUT',
    summary: 'Write a part of it, counted from 0',
    input: { params, query: query.extend({ index: z.coerce.number().int().min(0).max(MAX_PARTS - 1) }), streams: ['application/octet-stream'] },
    output: { status: 200, body: PutPartAnswer },
    async run({ deps, actor, params, query, request }) {
      const size = Number(request.headers.get('Content-Length') ?? Number.NaN)
      if (!request.body || !Number.isInteger(size) || size < 1) throw new Fault('bad_request', 'A body with Content-Length is needed.', { reason: 'length_required' })
      const key = await writableKey(deps, actor, params.id, query.epoch, params.key)
      return deps.objects.putPart(key, query.upload, query.index, request.body, size)
    },
  }),
  route({
    ...about,
    method: 'PATCH',
    summary: 'End it: it is there from now on',
    input: { params, body: FinishPartsRequest, maxBodyBytes: 4 * 1024 * 1024 },
    output: { status: 204 },
    async run({ deps, actor, params, body }) {
      const key = await writableKey(deps, actor, params.id, body.epoch, params.key)
      await deps.objects.completeMultipart(key, body.upload, body.etags.map((etag, chunkIndex) => ({ chunkIndex, etag })))
    },
  }),
  route({
    ...about,
    method: 'DELETE',
    summary: 'Give it up',
    input: { params, query },
    output: { status: 204 },
    async run({ deps, actor, params, query }) {
      await deps.objects.abortMultipart(await writableKey(deps, actor, params.id, query.epoch, params.key), query.upload)
    },
  }),
]
