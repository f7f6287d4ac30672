import { Beacon, PlaybackSession } from '@avocet/shared/playback'
import { z } from 'zod'
import { playbackClaims } from '../../domain/playback/claims.ts'
import { type OpenedSession, openSession, PLAYBACK_SECONDS } from '../../domain/playback/openSession.ts'
import { route } from '../../http/route.ts'

const about = { tag: 'Playback', needs: 'public', rate: 'none' } as const
const params = z.object({ token: z.string().max(64) })
const summary = 'Open a playback session; answers the playlist token and addresses under it'

export const sessionRoutes = [
  route({
    ...about,
    method: 'GET',
    path: '/api/stream/:token/token',
    summary,
    input: { params, query: z.object({ ticket: z.string().max(2000).optional() }) },
    output: { status: 200, body: PlaybackSession },
    run: async ({ deps, params, query, request }) =>
      encodeSession(await openSession(deps, params.token, { ticket: query.ticket ?? null, origin: request.headers.get('Origin') })),
  }),
  route({
    ...about,
    method: 'POST',
    path: '/api/stream/:token/token',
    summary,
    input: { params, body: z.strictObject({ ticket: z.string().max(2000).optional() }) },
    output: { status: 200, body: PlaybackSession },
    run: async ({ deps, params, body, request }) =>
      encodeSession(await openSession(deps, params.token, { ticket: body.ticket ?? null, origin: request.headers.get('Origin') })),
  }),
  route({
    ...about,
    method: 'POST',
    path: '/p/:token/beacon',
    summary: 'Report playback; a view counts once a session, after two seconds',
    input: { params: z.object({ token: z.string().max(2000) }), body: Beacon },
    output: { status: 204 },
    async run({ deps, params }) {
      const claims = await playbackClaims(deps, params.token)
      deps.defer(deps.telemetry.view(claims.sub, claims.sid))
    },
  }),
]

function encodeSession({ grant, sessionId, token }: OpenedSession): PlaybackSession {
  const base = `/p/${token}`
  const { encode, tracks } = grant
  return {
    session_id: sessionId,
    playlist_token: token,
    expires_in: PLAYBACK_SECONDS,
    master_m3u8: `${base}/master.m3u8`,
    manifest_mpd: encode?.state === 'ready' && encode.encryption === 'none' ? `${base}/manifest.mpd` : null,
    poster: encode?.images ? `${base}/poster.jpg` : null,
    storyboard: encode?.images?.storyboard ? `${base}/storyboard.vtt` : null,
    captions: tracks
      .filter(({ kind }) => kind !== 'chapters')
      .map((track) => ({ url: `${base}/tracks/${track.id}.vtt`, language: track.language, label: track.label, default: track.isDefault })),
    duration: encode?.plan?.durationSeconds ?? null,
  }
}
