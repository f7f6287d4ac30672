import { Beacon } from '@avocet/shared/beacon'
import { z } from 'zod'
import { reportPlayback } from '../../domain/analytics/reportPlayback.ts'
import { playbackClaims } from '../../domain/playback/claims.ts'
import { route } from '../../http/route.ts'
import { playbackToken } from './params.ts'

export const beaconRoutes = [
  route({
    tag: 'Playback',
    needs: 'public',
    rate: 'none',
    method: 'POST',
    path: '/p/:token/beacon',
    summary: 'Tell of the viewing so far; a view counts once a session, after two seconds watched',
    input: { params: z.object({ token: playbackToken }), body: Beacon, maxBodyBytes: 12 * 1024 },
    output: { status: 204 },
    async run({ deps, params, body, request, clientIp, country }) {
      const claims = await playbackClaims(deps, params.token)
      deps.defer(reportPlayback(deps, claims, body, { ip: clientIp, userAgent: request.headers.get('User-Agent') ?? '', country }))
    },
  }),
]
