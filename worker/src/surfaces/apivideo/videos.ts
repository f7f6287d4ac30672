import { Fault } from '@avocet/shared/fault'
import { ID_PREFIXES } from '@avocet/shared/ids'
import { z } from 'zod'
import { createImport } from '../../domain/imports/createImport.ts'
import { copyVideo } from '../../domain/videos/copyVideo.ts'
import { createVideo } from '../../domain/videos/createVideo.ts'
import { deleteVideo } from '../../domain/videos/deleteVideo.ts'
import { getVideo } from '../../domain/videos/getVideo.ts'
import { listVideos } from '../../domain/videos/listVideos.ts'
import { updateVideo } from '../../domain/videos/updateVideo.ts'
import type { VideoSort } from '../../domain/videos/video.ts'
import { route } from '../../http/route.ts'
import { encodePage, idParam, listInQuery, mapInQuery, PageQuery, pageOf, parseId, SortOrder, sliceOf } from './codec.ts'
import { encodeVideo, MP4_UNLESS_ASKED, VideoBody, VideoChanges } from './videoCodec.ts'

const params = z.object({ videoId: idParam('video', 'vi') })
const reads = { tag: 'Videos', needs: 'videos:read', rate: 'read' } as const
const writes = { tag: 'Videos', needs: 'videos:write', rate: 'write' } as const
const SORTS = { title: 'title', createdAt: 'created_at', publishedAt: 'created_at', updatedAt: 'updated_at' } as const

export const videoRoutes = [
  route({
    ...reads,
    method: 'GET',
    path: '/videos',
    summary: 'List videos, newest first unless sorted otherwise',
    input: {
      query: PageQuery.extend({
        title: z.string().optional(),
        description: z.string().optional(),
        liveStreamId: z.string().optional(),
        sortBy: z.enum(['title', 'createdAt', 'publishedAt', 'updatedAt']).optional(),
        sortOrder: SortOrder,
      }),
    },
    output: { status: 200, body: pageOf(VideoBody) },
    async run({ deps, actor, query, request }) {
      const descending = query.sortOrder ? query.sortOrder === 'desc' : query.sortBy !== 'title'
      const sort: VideoSort = `${descending ? '-' : ''}${SORTS[query.sortBy ?? 'createdAt']}`
      const slice = sliceOf(query)
      const wanted = {
        search: query.title || null,
        description: query.description || null,
        status: null,
        tags: listInQuery(request, 'tags'),
        metadata: mapInQuery(request, 'metadata'),
        sort,
      }
      // No recording of a live stream exists before live streams are taken in.
      const listing = query.liveStreamId ? { items: [], total: 0 } : await listVideos(deps, actor, wanted, slice)
      return encodePage(request, slice, listing, (detail) => encodeVideo(deps, detail))
    },
  }),
  route({
    ...writes,
    method: 'POST',
    path: '/videos',
    summary: 'Create a video: one that awaits its file, a copy of another, or one fetched from an address',
    input: { body: VideoChanges.extend({ title: z.string(), source: z.string().min(1).max(4000).optional(), clip: z.unknown().optional(), watermark: z.unknown().optional() }) },
    output: { status: 201, body: VideoBody },
    async run({ deps, actor, body }) {
      const { source, clip, watermark, ...wish } = body
      // Passed over, they would leave another video than the one asked for.
      if (clip || watermark) throw new Fault('not_implemented', 'Clips and watermarks are not made yet.', { reason: 'planned' })
      const made = { ...wishOf({ mp4Support: MP4_UNLESS_ASKED, ...wish }), title: wish.title }
      if (source === undefined) return encodeVideo(deps, await createVideo(deps, actor, made))
      const copied = parseId('video', 'vi', source)
      if (copied) return encodeVideo(deps, await copyVideo(deps, actor, copied, made))
      const { detail } = await createImport(deps, actor, { ...made, url: source }).catch(inSource)
      return encodeVideo(deps, detail)
    },
  }),
  route({
    ...reads,
    method: 'GET',
    path: '/videos/:videoId',
    summary: 'Show a video; a private one with addresses for one viewer',
    input: { params },
    output: { status: 200, body: VideoBody },
    run: async ({ deps, actor, params }) => encodeVideo(deps, await getVideo(deps, actor, params.videoId)),
  }),
  route({
    ...writes,
    method: 'PATCH',
    path: '/videos/:videoId',
    summary: 'Change a video; lists are replaced whole',
    input: { params, body: VideoChanges },
    output: { status: 200, body: VideoBody },
    run: async ({ deps, actor, params, body }) => encodeVideo(deps, await updateVideo(deps, actor, params.videoId, wishOf(body))),
  }),
  route({
    ...writes,
    method: 'DELETE',
    path: '/videos/:videoId',
    summary: 'Delete a video and everything under it',
    input: { params },
    output: { status: 204 },
    run: ({ deps, actor, params }) => deleteVideo(deps, actor, params.videoId),
  }),
]

/** The address of an import is the member `source` here. */
function inSource(error: unknown): never {
  if (!(error instanceof Fault) || error.details.reason !== 'url_not_allowed') throw error
  throw new Fault(error.code, error.message, { ...error.details, errors: error.details.errors?.map((one) => ({ ...one, path: 'source' })) ?? [] })
}

/** What was asked for, in our terms. A player id of another spelling names no preset. */
function wishOf({ public: isPublic, playerId, mp4Support: downloadable, ...same }: z.infer<typeof VideoChanges>) {
  const presetId = playerId ? (parseId('preset', 'pl', playerId) ?? `${ID_PREFIXES.preset}_`) : playerId
  return { ...same, downloadable, presetId, visibility: isPublic === undefined ? undefined : isPublic ? ('public' as const) : ('private' as const) }
}
