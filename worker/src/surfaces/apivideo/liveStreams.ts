import { Fault } from '@avocet/shared/fault'
import { z } from 'zod'
import { completeLiveStream } from '../../domain/live/completeLiveStream.ts'
import { createLiveStream } from '../../domain/live/createLiveStream.ts'
import { deleteLiveStream } from '../../domain/live/deleteLiveStream.ts'
import { getLiveStream } from '../../domain/live/getLiveStream.ts'
import { listLiveStreams } from '../../domain/live/listLiveStreams.ts'
import { MAX_THUMBNAIL_BYTES, putThumbnail } from '../../domain/live/putThumbnail.ts'
import { removeThumbnail } from '../../domain/live/removeThumbnail.ts'
import { updateLiveStream } from '../../domain/live/updateLiveStream.ts'
import { readFileForm } from '../../http/fileBody.ts'
import { route } from '../../http/route.ts'
import { encodePage, idParam, PageQuery, pageOf, parseId, SortOrder, sliceOf } from './codec.ts'
import { encodeLiveStream, LiveStreamBody, Restream } from './liveStreamCodec.ts'

const Changes = z
  .object({ name: z.string(), public: z.boolean(), playerId: z.string().max(40).nullable(), record: z.boolean(), restreams: z.array(Restream.extend({ streamKey: z.string() })).max(100) })
  .partial()
const params = z.object({ liveStreamId: idParam('liveStream', 'li') })
const reads = { tag: 'Live streams', needs: 'videos:read', rate: 'read' } as const
const writes = { tag: 'Live streams', needs: 'videos:write', rate: 'write' } as const
const SORTS = { name: 'name', createdAt: 'created_at', updatedAt: 'updated_at' } as const

/** Contract section 6. */
export const liveStreamRoutes = [
  route({
    ...reads,
    method: 'GET',
    path: '/live-streams',
    summary: 'List live streams, by a part of their name or by stream key; newest first unless sorted otherwise',
    input: { query: PageQuery.extend({ name: z.string().max(255).optional(), streamKey: z.string().max(255).optional(), sortBy: z.enum(['name', 'createdAt', 'updatedAt']).optional(), sortOrder: SortOrder }) },
    output: { status: 200, body: pageOf(LiveStreamBody) },
    async run({ deps, actor, query, request }) {
      const slice = sliceOf(query)
      const descending = query.sortOrder ? query.sortOrder === 'desc' : query.sortBy !== 'name'
      const sort = `${descending ? '-' : ''}${SORTS[query.sortBy ?? 'createdAt']}` as const
      const listing = await listLiveStreams(deps, actor, { name: query.name || null, streamKey: query.streamKey || null, sort }, slice)
      return encodePage(request, slice, listing, (stream) => encodeLiveStream(deps, stream))
    },
  }),
  route({
    ...writes,
    method: 'POST',
    path: '/live-streams',
    summary: 'Create a live stream. Broadcasts are not taken in yet',
    input: { body: Changes.extend({ name: z.string() }) },
    output: { status: 200, body: LiveStreamBody },
    run: async ({ deps, actor, body }) => encodeLiveStream(deps, await createLiveStream(deps, actor, { ...wishOf(body), name: body.name })),
  }),
  route({
    ...reads,
    method: 'GET',
    path: '/live-streams/:liveStreamId',
    summary: 'Show a live stream; a private one with addresses for one viewer',
    input: { params },
    output: { status: 200, body: LiveStreamBody },
    run: async ({ deps, actor, params }) => encodeLiveStream(deps, await getLiveStream(deps, actor, params.liveStreamId)),
  }),
  route({
    ...writes,
    method: 'PATCH',
    path: '/live-streams/:liveStreamId',
    summary: 'Change what is given of a live stream; restreams are replaced whole, and hold from the next broadcast on',
    input: { params, body: Changes },
    output: { status: 200, body: LiveStreamBody },
    run: async ({ deps, actor, params, body }) => encodeLiveStream(deps, await updateLiveStream(deps, actor, params.liveStreamId, wishOf(body))),
  }),
  route({
    ...writes,
    method: 'DELETE',
    path: '/live-streams/:liveStreamId',
    summary: 'Delete a live stream',
    input: { params },
    output: { status: 204 },
    run: ({ deps, actor, params }) => deleteLiveStream(deps, actor, params.liveStreamId),
  }),
  route({
    ...writes,
    method: 'POST',
    path: '/live-streams/:liveStreamId/thumbnail',
    summary: 'Upload a thumbnail: JPEG, PNG or WebP, at most 8 MiB',
    input: { params, streams: ['multipart/form-data'] },
    output: { status: 201, body: LiveStreamBody },
    async run({ deps, actor, params, request }) {
      const { bytes } = await readFileForm(request, MAX_THUMBNAIL_BYTES)
      return encodeLiveStream(deps, await putThumbnail(deps, actor, params.liveStreamId, bytes))
    },
  }),
  route({
    ...writes,
    method: 'DELETE',
    path: '/live-streams/:liveStreamId/thumbnail',
    summary: 'Remove the thumbnail',
    input: { params },
    output: { status: 200, body: LiveStreamBody },
    run: async ({ deps, actor, params }) => encodeLiveStream(deps, await removeThumbnail(deps, actor, params.liveStreamId)),
  }),
  route({
    ...writes,
    method: 'PUT',
    path: '/live-streams/:liveStreamId/complete',
    summary: 'End the broadcast under way; without one nothing happens',
    input: { params },
    output: { status: 202 },
    run: ({ deps, actor, params }) => completeLiveStream(deps, actor, params.liveStreamId),
  }),
]

function wishOf({ public: isPublic, playerId, ...rest }: z.infer<typeof Changes>) {
  const presetId = playerId ? parseId('preset', 'pl', playerId) : null
  if (playerId && !presetId) throw new Fault('bad_request', 'There is no such player.', { reason: 'preset_not_found', errors: [{ path: 'preset_id', message: 'There is no such player.' }] })
  return { ...rest, visibility: isPublic === undefined ? undefined : isPublic ? ('public' as const) : ('private' as const), presetId: playerId === undefined ? undefined : presetId }
}
