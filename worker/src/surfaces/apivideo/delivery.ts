import { Fault, missing } from '@avocet/shared/fault'
import type { VideoId } from '@avocet/shared/ids'
import { z } from 'zod'
import { demandDomain, openGrant } from '../../domain/playback/grant.ts'
import { acceptInvitation, isInvitation } from '../../domain/playback/invitation.ts'
import { openSession } from '../../domain/playback/openSession.ts'
import { demandPlace, type Viewer } from '../../domain/playback/viewer.ts'
import type { Deps } from '../../domain/ports.ts'
import type { EmbedGrant } from '../../domain/rights.ts'
import { canonicalLanguage } from '../../domain/tracks/addTrack.ts'
import { downloadOf } from '../../domain/videos/getDownload.ts'
import { shownPoster } from '../../domain/videos/shownPoster.ts'
import { deniedPage } from '../../http/deniedPage.ts'
import { refererOrigin } from '../../http/referer.ts'
import { route } from '../../http/route.ts'
import { serveObject } from '../../http/serveObject.ts'
import { idParam, parseId } from './codec.ts'
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

/** One request for an asset. */
interface Visit {
  deps: Deps
  admission: Admission
  request: Request
  viewer: Viewer
}

/** The playlists of a new session; 202 without a body while there is nothing to play, which uploaders' clients wait for (contract section 1, 9). */
async function manifest({ deps, admission, request, viewer }: Visit): Promise<Response> {
  try {
    if (await isAskedTooEarly(deps, admission)) return new Response(null, { status: 202 })
    const embedToken = await admissionToken(deps, admission)
    const { token } = await openSession(deps, embedToken, { ticket: null, origin: request.headers.get('Origin'), playbackToken: null }, viewer)
    return redirect(`/p/${token}/master.m3u8`)
  } catch (error) {
    if (error instanceof Fault && error.code === 'not_ready') return new Response(null, { status: 202 })
    throw error
  }
}

/** Asking whether there is something to play yet does not use an invitation up: uploaders' clients ask every half second. */
async function isAskedTooEarly(deps: Deps, { videoId, invitation, session }: Admission): Promise<boolean> {
  if (session !== undefined || invitation === undefined || !(await isInvitation(deps, videoId, invitation))) return false
  const video = await deps.videos.findAny(videoId)
  return video?.status === 'processing' && (await deps.encodes.playing(videoId)) === null
}

async function thumbnail({ deps, admission, request }: Visit): Promise<Response> {
  const poster = shownPoster(await openGrant(deps, await admissionToken(deps, admission))) ?? missing('poster')
  return serveObject(deps.objects, poster.key, request, { contentType: poster.type, cacheControl: 'private, max-age=60' })
}

/** What is fetched apart from a session is held to the same sites and places as one. */
async function openTo({ deps, admission, request, viewer }: Visit): Promise<EmbedGrant> {
  const grant = await openGrant(deps, await admissionToken(deps, admission))
  demandDomain(deps, grant, refererOrigin(request))
  demandPlace(deps, grant, viewer)
  return grant
}

async function mp4(visit: Visit): Promise<Response> {
  const { key } = await downloadOf(visit.deps, await openTo(visit))
  return serveObject(visit.deps.objects, key, visit.request, { contentType: 'video/mp4', cacheControl: 'private, max-age=3600' })
}

/** An asset has two addresses: a public video's, and a private one's with its invitation in the path. */
function assetRoutes(file: string, what: string, type: string, answer: (visit: Visit) => Promise<Response>) {
  return [
    route({
      ...about,
      path: `/vod/:videoId/${file}`,
      summary: `${what} of a public video`,
      input: publicly,
      output: { status: 200, type },
      run: ({ deps, params, query, request, clientIp, country }) =>
        answer({ deps, request, viewer: { ip: clientIp, country }, admission: { videoId: params.videoId, invitation: undefined, session: query.avh } }),
    }),
    route({
      ...about,
      path: `/vod/:videoId/token/:token/${file}`,
      summary: `${what} of a private video`,
      input: privately,
      output: { status: 200, type },
      run: ({ deps, params, query, request, clientIp, country }) =>
        answer({ deps, request, viewer: { ip: clientIp, country }, admission: { videoId: params.videoId, invitation: params.token, session: query.avh } }),
    }),
  ]
}

export const deliveryRoutes = [
  route({
    ...about,
    path: '/vod/:videoId',
    summary: 'The player page',
    // Who opens a page that is none is told so on a page.
    input: { params: z.object({ videoId: z.string().max(60) }), query },
    output: { status: 200, type: 'text/html' },
    async run({ deps, params, query, request, requestId }) {
      const admitted = async () => admissionToken(deps, { videoId: parseId('video', 'vi', params.videoId) ?? missing('video'), invitation: query.token, session: query.avh })
      const token = await admitted().catch((error) => deniedPage(error, requestId))
      if (token instanceof Response) return token
      // The player reads the rest: metadata of the viewing, autoplay, muted. Browsers bring what stands behind the # along.
      const rest = new URLSearchParams([...new URL(request.url).searchParams].filter(([name]) => name !== 'token' && name !== 'avh'))
      return redirect(`/watch/${token}${rest.size > 0 ? `?${rest}` : ''}`)
    },
  }),
  ...assetRoutes('hls/manifest.m3u8', 'The HLS playlists', 'application/vnd.apple.mpegurl', manifest),
  ...assetRoutes('thumbnail.jpg', 'The thumbnail', 'image/jpeg', thumbnail),
  ...assetRoutes('mp4/source.mp4', 'The MP4 file', 'video/mp4', mp4),
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
    async run({ deps, params, request, clientIp, country }) {
      const admission = { videoId: params.videoId, invitation: undefined, session: undefined }
      const { tracks } = await openTo({ deps, admission, request, viewer: { ip: clientIp, country } })
      const language = canonicalLanguage(params.file.slice(0, -'.vtt'.length))
      const track = byLanguage(tracks, kinds).find((one) => one.language === language) ?? missing('track')
      return serveObject(deps.objects, track.objectKey, request, { contentType: 'text/vtt; charset=utf-8', cacheControl: 'public, max-age=60' })
    },
  })
}
