import { z } from 'zod'
import { completeLiveStream } from '../../domain/live/completeLiveStream.ts'
import { createLiveStream } from '../../domain/live/createLiveStream.ts'
import { deleteLiveStream } from '../../domain/live/deleteLiveStream.ts'
import { getLiveStream } from '../../domain/live/getLiveStream.ts'
import { listLiveStreams } from '../../domain/live/listLiveStreams.ts'
import type { OpenLiveStream } from '../../domain/live/liveStream.ts'
import { MAX_THUMBNAIL_BYTES, putThumbnail } from '../../domain/live/putThumbnail.ts'
import { removeThumbnail } from '../../domain/live/removeThumbnail.ts'
import { updateLiveStream } from '../../domain/live/updateLiveStream.ts'
import type { Config } from '../../domain/ports.ts'
import { readFileBody } from '../../http/fileBody.ts'
import { route } from '../../http/route.ts'
import { encodePage, Iso, idParam, iso, PageQuery, pageOf, sliceOf } from './codec.ts'

const Restream = z.strictObject({ name: z.string(), server_url: z.string().describe('rtmp://host/app or rtmps://host/app'), stream_key: z.string() })
const Wish = z.strictObject({
  name: z.string(),
  visibility: z.enum(['public', 'private']).optional(),
  preset_id: z.string().max(40).nullable().optional(),
  record: z.boolean().optional(),
  restreams: z.array(Restream).max(100).optional().describe('At most 5; replaced whole.'),
})
const LiveStreamBody = z
  .object({
    id: z.string(),
    name: z.string(),
    visibility: z.enum(['public', 'private']),
    preset_id: z.string().nullable(),
    record: z.boolean(),
    restreams: z.array(Restream.extend({ stream_key: z.string().nullable() })),
    stream_key: z.string().nullable().describe('Null without the scope videos:write.'),
    broadcasting: z.boolean(),
    thumbnail_url: z.string().nullable(),
    created_at: Iso,
    updated_at: Iso,
  })
  .meta({ id: 'LiveStream' })
const params = z.object({ id: idParam('liveStream') })
const reads = { tag: 'Live streams', needs: 'videos:read', rate: 'read' } as const
const writes = { tag: 'Live streams', needs: 'videos:write', rate: 'write' } as const

export const liveStreamRoutes = [
  route({
    ...reads,
    method: 'GET',
    path: '/live-streams',
    summary: 'List live streams, by a part of their name or by stream key; newest first unless sorted otherwise',
    input: {
      query: PageQuery.extend({
        name: z.string().trim().min(1).max(200).optional(),
        stream_key: z.string().max(200).optional(),
        sort: z.enum(['name', '-name', 'created_at', '-created_at', 'updated_at', '-updated_at']).default('-created_at'),
      }),
    },
    output: { status: 200, body: pageOf(LiveStreamBody) },
    async run({ deps, actor, query }) {
      const wanted = { name: query.name ?? null, streamKey: query.stream_key ?? null, sort: query.sort }
      return encodePage(await listLiveStreams(deps, actor, wanted, sliceOf(query)), query, (stream) => encode(deps.config, stream))
    },
  }),
  route({
    ...writes,
    method: 'POST',
    path: '/live-streams',
    summary: 'Make a live stream with a stream key. Broadcasts are not taken in yet',
    input: { body: Wish },
    output: { status: 201, body: LiveStreamBody },
    run: async ({ deps, actor, body }) => encode(deps.config, await createLiveStream(deps, actor, { ...decode(body), name: body.name })),
  }),
  route({
    ...reads,
    method: 'GET',
    path: '/live-streams/:id',
    summary: 'A live stream',
    input: { params },
    output: { status: 200, body: LiveStreamBody },
    run: async ({ deps, actor, params }) => encode(deps.config, await getLiveStream(deps, actor, params.id)),
  }),
  route({
    ...writes,
    method: 'PUT',
    path: '/live-streams/:id',
    summary: 'Change a live stream; only the fields sent change, and a broadcast from the next one on',
    input: { params, body: Wish.partial() },
    output: { status: 200, body: LiveStreamBody },
    run: async ({ deps, actor, params, body }) => encode(deps.config, await updateLiveStream(deps, actor, params.id, decode(body))),
  }),
  route({
    ...writes,
    method: 'DELETE',
    path: '/live-streams/:id',
    summary: 'Delete a live stream; its stream key opens nothing any more',
    input: { params },
    output: { status: 204 },
    run: ({ deps, actor, params }) => deleteLiveStream(deps, actor, params.id),
  }),
  route({
    ...writes,
    method: 'PUT',
    path: '/live-streams/:id/thumbnail',
    summary: 'Upload what is shown while nothing is broadcast: JPEG, PNG or WebP, at most 8 MiB, as raw body or multipart file',
    input: { params, streams: ['image/jpeg', 'image/png', 'image/webp', 'multipart/form-data'] },
    output: { status: 200, body: LiveStreamBody },
    async run({ deps, actor, params, request }) {
      const { bytes } = await readFileBody(request, MAX_THUMBNAIL_BYTES)
      return encode(deps.config, await putThumbnail(deps, actor, params.id, bytes))
    },
  }),
  route({
    ...writes,
    method: 'DELETE',
    path: '/live-streams/:id/thumbnail',
    summary: 'Remove the uploaded thumbnail',
    input: { params },
    output: { status: 204 },
    run: async ({ deps, actor, params }) => void (await removeThumbnail(deps, actor, params.id)),
  }),
  route({
    ...writes,
    method: 'POST',
    path: '/live-streams/:id/complete',
    summary: 'End the broadcast under way; without one nothing happens',
    input: { params },
    output: { status: 202, body: z.object({}) },
    async run({ deps, actor, params }) {
      await completeLiveStream(deps, actor, params.id)
      return {}
    },
  }),
]

const decode = ({ preset_id: presetId, restreams, ...rest }: Partial<z.infer<typeof Wish>>) => ({
  ...rest,
  presetId,
  restreams: restreams?.map(({ name, server_url: serverUrl, stream_key: streamKey }) => ({ name, serverUrl, streamKey })),
})

const encode = ({ publicUrl }: Config, stream: OpenLiveStream): z.infer<typeof LiveStreamBody> => ({
  id: stream.id,
  name: stream.name,
  visibility: stream.visibility,
  preset_id: stream.presetId,
  record: stream.record,
  restreams: stream.restreams.map(({ name, serverUrl, streamKey }) => ({ name, server_url: serverUrl, stream_key: streamKey })),
  stream_key: stream.streamKey,
  broadcasting: stream.broadcasting,
  thumbnail_url: stream.thumbnail && `${publicUrl}/m/live/${stream.thumbnail.file}`,
  created_at: iso(stream.createdAt),
  updated_at: iso(stream.updatedAt),
})
