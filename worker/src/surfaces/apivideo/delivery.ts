import { Fault, missing } from '@avocet/shared/fault'
import type { VideoId } from '@avocet/shared/ids'
import { z } from 'zod'
import { openGrant } from '../../domain/playback/grant.ts'
import { acceptInvitation } from '../../domain/playback/invitation.ts'
import { type OpenedSession, openSession } from '../../domain/playback/openSession.ts'
import type { Viewer } from '../../domain/playback/viewer.ts'
import type { Deps } from '../../domain/ports.ts'
import { canonicalLanguage } from '../../domain/tracks/addTrack.ts'
import { downloadOf } from '../../domain/videos/getDownload.ts'
import { shownPoster } from '../../domain/videos/shownPoster.ts'
import { route } from '../../http/route.ts'
import { serveObject } from '../../http/serveObject.ts'
import { idParam } from './codec.ts'
import { byLanguage } from './tracks.ts'

/** What viewers' browsers fetch (contract section 13): our player and playlists, under the addresses this dialect gives out. */
const about = { method: 'GET', tag: 'Delivery', needs: 'public', rate: 'none' } as const
const secret = z.string().max(2000)
const videoId = idParam('video', 'vi')
const query = z.object({ token: secret.optional(), avh: secret.optional() })
const publicly = { params: z.object({ videoId }), query }
const privately = { params: z.object({ videoId, token: secret }), query }
const textually = { params: z.object({ videoId, file: z.string().max(60) }) }

/** How a viewer comes to a video: an invitation for one, in the path or the query, and the session it was exchanged for. */
interface Admission {
  videoId: VideoId
  invitation: string | undefined
  session: string | undefined
}

/** The embed token that lets this viewer in: the video's own, or a pass. An invitation is used up by this. Throws not_found. */
async function admissionToken(deps: Deps, { videoId, invitation, session }: Admission): Promise<string> {
  if (session !== undefined) {
    const { video } = await openGrant(deps, session)
    return video.id === videoId ? session : missing('video')
  }
  if (invitation !== undefined) return acceptInvitation(deps, videoId, invitation)
  const video = await deps.videos.findAny(videoId)
  return video?.visibility === 'public' ? video.embedToken : missing('video')
}

const redirect = (location: string) => new Response(null, { status: 302, headers: { Location: location, 'Cache-Control': 'no-store' } })

async function sessionOf(deps: Deps, admission: Admission, request: Request, viewer: Viewer): Promise<OpenedSession> {
  const token = await admissionToken(deps, admission)
  return openSession(deps, token, { ticket: null, origin: request.headers.get('Origin'), playbackToken: null }, viewer)
}

/** The playlists of a new session; 202 without a body while there is nothing to play, which uploaders' clients wait for (contract section 1, 9). */
async function manifest(deps: Deps, admission: Admission, request: Request, viewer: Viewer): Promise<Response> {
  try {
    return redirect(`/p/${(await sessionOf(deps, admission, request, viewer)).token}/master.m3u8`)
  } catch (error) {
    if (error instanceof Fault && error.code === 'not_ready') return new Response(null, { status: 202 })
    throw error
  }
}

async function thumbnail(deps: Deps, admission: Admission, request: Request): Promise<Response> {
  const poster = shownPoster(await openGrant(deps, await admissionToken(deps, admission))) ?? missing('poster')
  return serveObject(deps.objects, poster.key, request, { contentType: poster.type, cacheControl: 'private, max-age=60' })
}

async function mp4(deps: Deps, admission: Admission, request: Request): Promise<Response> {
  const grant = await openGrant(deps, await admissionToken(deps, admission))
  const { key } = await downloadOf(deps, grant)
  return serveObject(deps.objects, key, request, { contentType: 'video/mp4', cacheControl: 'private, max-age=3600' })
}

export const deliveryRoutes = [
  route({
    ...about,
    path: '/vod/:videoId',
    summary: 'The player page',
    input: publicly,
    output: { status: 200, type: 'text/html' },
    run: async ({ deps, params, query }) =>
      redirect(`/watch/${await admissionToken(deps, { videoId: params.videoId, invitation: query.token, session: query.avh })}`),
  }),
  route({
    ...about,
    path: '/vod/:videoId/hls/manifest.m3u8',
    summary: 'The HLS playlists of a public video',
    input: publicly,
    output: { status: 200, type: 'application/vnd.apple.mpegurl' },
    run: ({ deps, params, query, request, clientIp, country }) =>
      manifest(deps, { videoId: params.videoId, invitation: undefined, session: query.avh }, request, { ip: clientIp, country }),
  }),
  route({
    ...about,
    path: '/vod/:videoId/token/:token/hls/manifest.m3u8',
    summary: 'The HLS playlists of a private video',
    input: privately,
    output: { status: 200, type: 'application/vnd.apple.mpegurl' },
    run: ({ deps, params, query, request, clientIp, country }) =>
      manifest(deps, { videoId: params.videoId, invitation: params.token, session: query.avh }, request, { ip: clientIp, country }),
  }),
  route({
    ...about,
    path: '/vod/:videoId/thumbnail.jpg',
    summary: 'The thumbnail of a public video',
    input: publicly,
    output: { status: 200, type: 'image/jpeg' },
    run: ({ deps, params, query, request }) => thumbnail(deps, { videoId: params.videoId, invitation: undefined, session: query.avh }, request),
  }),
  route({
    ...about,
    path: '/vod/:videoId/token/:token/thumbnail.jpg',
    summary: 'The thumbnail of a private video',
    input: privately,
    output: { status: 200, type: 'image/jpeg' },
    run: ({ deps, params, query, request }) => thumbnail(deps, { videoId: params.videoId, invitation: params.token, session: query.avh }, request),
  }),
  route({
    ...about,
    path: '/vod/:videoId/mp4/source.mp4',
    summary: 'The MP4 file of a public video',
    input: publicly,
    output: { status: 200, type: 'video/mp4' },
    run: ({ deps, params, query, request }) => mp4(deps, { videoId: params.videoId, invitation: undefined, session: query.avh }, request),
  }),
  route({
    ...about,
    path: '/vod/:videoId/token/:token/mp4/source.mp4',
    summary: 'The MP4 file of a private video',
    input: privately,
    output: { status: 200, type: 'video/mp4' },
    run: ({ deps, params, query, request }) => mp4(deps, { videoId: params.videoId, invitation: params.token, session: query.avh }, request),
  }),
  route({
    ...about,
    path: '/vod/:videoId/token/:token/session',
    summary: 'Exchange the token of a private video for a session of a day, sent as avh with everything that follows',
    input: privately,
    output: { status: 200, body: z.object({ session_token: z.string() }) },
    run: async ({ deps, params }) => ({ session_token: await acceptInvitation(deps, params.videoId, params.token) }),
  }),
  textRoute('captions', ['captions', 'subtitles']),
  textRoute('chapters', ['chapters']),
]

function textRoute(noun: 'captions' | 'chapters', kinds: readonly ('captions' | 'subtitles' | 'chapters')[]) {
  return route({
    ...about,
    path: `/vod/:videoId/${noun}/:file{[A-Za-z0-9-]{1,35}\\.vtt}`,
    summary: `The ${noun} of a public video in one language, as WebVTT`,
    input: textually,
    output: { status: 200, type: 'text/vtt' },
    async run({ deps, params, request }) {
      const { tracks } = await openGrant(deps, await admissionToken(deps, { videoId: params.videoId, invitation: undefined, session: undefined }), true)
      const language = canonicalLanguage(params.file.slice(0, -'.vtt'.length))
      const track = byLanguage(tracks, kinds).find((one) => one.language === language) ?? missing('track')
      return serveObject(deps.objects, track.objectKey, request, { contentType: 'text/vtt; charset=utf-8', cacheControl: 'public, max-age=60' })
    },
  })
}
