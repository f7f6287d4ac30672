import { PlaybackSession } from '@avocet/shared/playback'
import { z } from 'zod'
import { type OpenedSession, openSession } from '../../domain/playback/openSession.ts'
import { shownPoster } from '../../domain/videos/shownPoster.ts'
import { route } from '../../http/route.ts'
import { embedToken, playbackToken } from './params.ts'

const about = { tag: 'Playback', needs: 'public', rate: 'none' } as const
const params = z.object({ token: embedToken })
const ticket = z.string().max(3000).optional()
const summary = 'Open a playback session; answers the playlist token and addresses under it'

export const sessionRoutes = [
  route({
    ...about,
    method: 'GET',
    path: '/api/stream/:token/token',
    summary,
    input: { params, query: z.object({ ticket }) },
    output: { status: 200, body: PlaybackSession },
    async run({ deps, params, query, request, clientIp, country }) {
      const proof = { ticket: query.ticket ?? null, origin: request.headers.get('Origin'), playbackToken: null }
      return encodeSession(await openSession(deps, params.token, proof, { ip: clientIp, country }))
    },
  }),
  route({
    ...about,
    method: 'POST',
    path: '/api/stream/:token/token',
    summary: 'Open a playback session, or renew one: with its token, same viewing and same encode',
    input: { params, body: z.strictObject({ ticket, playlist_token: playbackToken.optional() }) },
    output: { status: 200, body: PlaybackSession },
    async run({ deps, params, body, request, clientIp, country }) {
      const proof = { ticket: body.ticket ?? null, origin: request.headers.get('Origin'), playbackToken: body.playlist_token ?? null }
      return encodeSession(await openSession(deps, params.token, proof, { ip: clientIp, country }))
    },
  }),
]

function encodeSession({ grant, encode, sessionId, token, lifetimeSeconds }: OpenedSession): PlaybackSession {
  const base = `/p/${token}`
  return {
    session_id: sessionId,
    playlist_token: token,
    expires_in: lifetimeSeconds,
    master_m3u8: `${base}/master.m3u8`,
    manifest_mpd: encode.state === 'ready' && encode.encryption === 'none' ? `${base}/manifest.mpd` : null,
    poster: shownPoster(grant) ? `${base}/poster.jpg` : null,
    storyboard: grant.encode?.images?.storyboard ? `${base}/storyboard.vtt` : null,
    captions: grant.tracks
      .filter(({ kind }) => kind !== 'chapters')
      .map((track) => ({ url: `${base}/tracks/${track.id}.vtt`, language: track.language, label: track.label, default: track.isDefault })),
    duration: encode.plan?.durationSeconds ?? null,
  }
}
