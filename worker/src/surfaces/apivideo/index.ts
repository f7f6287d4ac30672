import type { Surface } from '../../http/surface.ts'
import { accountRoutes } from './account.ts'
import { analyticsRoutes } from './analytics.ts'
import { authenticate, authRoutes } from './auth.ts'
import { collectorRoutes } from './collectors.ts'
import { dataRoutes } from './data.ts'
import { delegatedUploadRoutes } from './delegatedUpload.ts'
import { deliveryRoutes } from './delivery.ts'
import { answerFault } from './faults.ts'
import { liveDeliveryRoutes } from './liveDelivery.ts'
import { liveStreamRoutes } from './liveStreams.ts'
import { plannedRoutes } from './planned.ts'
import { playerRoutes } from './players.ts'
import { playRoutes } from './plays.ts'
import { sourceRoutes } from './sources.ts'
import { statusRoutes } from './status.ts'
import { tagRoutes } from './tags.ts'
import { thumbnailRoutes } from './thumbnails.ts'
import { trackRoutes } from './tracks.ts'
import { uploadTokenRoutes } from './uploadTokens.ts'
import { videoRoutes } from './videos.ts'
import { webhookRoutes } from './webhooks.ts'

/** The paths this surface owns on the shared origin. */
export const paths = [
  '/auth',
  '/account',
  '/videos',
  '/upload',
  '/upload-tokens',
  '/vod',
  '/webhooks',
  '/players',
  '/live-streams',
  '/live',
  '/analytics',
  '/data',
  '/tags',
  '/discarded',
  '/watermarks',
  '/summaries',
]
/** Player pages of ours lie under `/watch/`; the path itself is this dialect's second collector. */
export const exactPaths = ['/watch']

/** api.video's API: the same operations in the spelling its clients know. Contract: apivideo.md. */
export const apivideo: Surface = {
  name: 'apivideo',
  base: '',
  routes: [
    ...authRoutes,
    ...accountRoutes,
    ...videoRoutes,
    ...sourceRoutes,
    ...statusRoutes,
    ...tagRoutes,
    ...uploadTokenRoutes,
    ...delegatedUploadRoutes,
    ...thumbnailRoutes,
    ...trackRoutes,
    ...deliveryRoutes,
    ...webhookRoutes,
    ...playerRoutes,
    ...liveStreamRoutes,
    ...liveDeliveryRoutes,
    ...analyticsRoutes,
    ...playRoutes,
    ...dataRoutes,
    ...collectorRoutes,
    ...plannedRoutes,
  ],
  authenticate,
  answerFault,
  shielded,
  // Browser clients call everything; credentials are headers and addresses, never cookies.
  crossOrigin: () => true,
  exposedHeaders: ['X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Retry-After'],
  // Whatever paces itself by these is not held back: there is no limit.
  uncounted: { 'X-RateLimit-Limit': '1000000', 'X-RateLimit-Remaining': '1000000', 'X-RateLimit-Retry-After': '0' },
  crossOriginHeaders: ['Authorization', 'Content-Range', 'AV-Origin-Client', 'AV-Origin-App', 'AV-Origin-Sdk'],
}

/**
 * Floods of viewings are held off by address and video, as our own are (surfaces/play); what players tell, whose video stands in the body,
 * by address alone: a player tells every ten seconds, so that 200 of them behind one address are no flood.
 */
function shielded(request: Request): string | null {
  const [, first, second] = new URL(request.url).pathname.split('/')
  const address = request.headers.get('CF-Connecting-IP') ?? ''
  if (request.method === 'POST') return first && TOLD.includes(first) && !second ? `${address} told` : null
  return request.method === 'GET' && (first === 'vod' || first === 'live') && second ? `${address} ${second}` : null
}
const TOLD = ['vod', 'live', 'watch']
