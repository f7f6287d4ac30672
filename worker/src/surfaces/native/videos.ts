import { z } from 'zod'
import { route } from '../../http/route.ts'
import type { Actor } from '../../domain/actor.ts'
import { importsOf } from '../../domain/imports/importOf.ts'
import type { Deps, VideoDetail } from '../../domain/ports.ts'
import { createVideo } from '../../domain/videos/createVideo.ts'
import { deleteVideo } from '../../domain/videos/deleteVideo.ts'
import { getDownload } from '../../domain/videos/getDownload.ts'
import { getVideo } from '../../domain/videos/getVideo.ts'
import { listVideos } from '../../domain/videos/listVideos.ts'
import { updateVideo } from '../../domain/videos/updateVideo.ts'
import { serveObject } from '../../http/serveObject.ts'
import { encodePage, idParam, PageQuery, pageOf, sliceOf } from './codec.ts'
import { encodeVideo, NewVideo, VideoBody, VideoChanges } from './videoCodec.ts'

const params = z.object({ id: idParam('video') })

export const videoRoutes = [
  route({
    method: 'GET',
    path: '/videos',
    summary: 'List videos, newest first unless sorted otherwise',
    tag: 'Videos',
    needs: 'videos:read',
    rate: 'read',
    input: {
      query: PageQuery.extend({
        search: z.string().trim().min(1).max(200).optional(),
        status: z.enum(['processing', 'ready', 'failed']).optional(),
        tag: z.string().max(255).optional(),
        sort: z.enum(['created_at', '-created_at', 'updated_at', '-updated_at', 'title', '-title']).default('-created_at'),
      }),
    },
    output: { status: 200, body: pageOf(VideoBody) },
    async run({ deps, actor, query }) {
      const wanted = { search: query.search ?? null, status: query.status ?? null, tags: query.tag ? [query.tag] : [], sort: query.sort }
      const listing = await listVideos(deps, actor, wanted, sliceOf(query))
      const imports = await importsOf(deps, actor, listing.items)
      return encodePage(listing, query, (detail) => encodeVideo(deps.config, detail, imports.get(detail.video.id)))
    },
  }),
  route({
    method: 'POST',
    path: '/videos',
    summary: 'Make a video before its source: an upload or an import that names it gives it one, once',
    tag: 'Videos',
    needs: 'videos:write',
    rate: 'write',
    input: { body: NewVideo },
    output: { status: 201, body: VideoBody },
    async run({ deps, actor, body }) {
      const { preset_id: presetId, ...rest } = body
      return encodeVideo(deps.config, await createVideo(deps, actor, { ...rest, presetId }))
    },
  }),
  route({
    method: 'GET',
    path: '/videos/:id',
    summary: 'A video: metadata, embed token, status and progress, renditions, source facts',
    tag: 'Videos',
    needs: 'videos:read',
    rate: 'read',
    input: { params },
    output: { status: 200, body: VideoBody },
    run: async ({ deps, actor, params }) => answerVideo(deps, actor, await getVideo(deps, actor, params.id)),
  }),
  route({
    method: 'PUT',
    path: '/videos/:id',
    summary: 'Change a video; only the fields sent change, lists are replaced whole',
    tag: 'Videos',
    needs: 'videos:write',
    rate: 'write',
    input: { params, body: VideoChanges },
    output: { status: 200, body: VideoBody },
    async run({ deps, actor, params, body }) {
      const { allowed_domains: allowedDomains, allow_no_referrer: allowNoReferrer, preset_id: presetId, ...rest } = body
      return answerVideo(deps, actor, await updateVideo(deps, actor, params.id, { ...rest, allowedDomains, allowNoReferrer, presetId }))
    },
  }),
  route({
    method: 'GET',
    path: '/videos/:id/download',
    summary: 'A downloadable video as one MP4 file: its highest H.264 rendition and its default sound',
    tag: 'Videos',
    needs: 'videos:read',
    rate: 'read',
    input: { params },
    output: { status: 200, type: 'video/mp4' },
    async run({ deps, actor, params, request }) {
      const { key, title } = await getDownload(deps, actor, params.id)
      return serveObject(deps.objects, key, request, { contentType: 'video/mp4', cacheControl: 'private, max-age=3600', filename: `${title}.mp4` })
    },
  }),
  route({
    method: 'DELETE',
    path: '/videos/:id',
    summary: 'Delete a video and everything under it',
    tag: 'Videos',
    needs: 'videos:write',
    rate: 'write',
    input: { params },
    output: { status: 204 },
    run: ({ deps, actor, params }) => deleteVideo(deps, actor, params.id),
  }),
]

/** With its import where it has no source yet, which is one more question then. */
const answerVideo = async (deps: Deps, actor: Actor, detail: VideoDetail) =>
  encodeVideo(deps.config, detail, (await importsOf(deps, actor, [detail])).get(detail.video.id))
