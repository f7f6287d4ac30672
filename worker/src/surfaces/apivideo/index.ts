import type { Surface } from '../../http/surface.ts'
import { accountRoutes } from './account.ts'
import { authenticate, authRoutes } from './auth.ts'
import { answerFault } from './faults.ts'
import { liveDeliveryRoutes } from './liveDelivery.ts'
import { liveStreamRoutes } from './liveStreams.ts'
import { playerRoutes } from './players.ts'
import { webhookRoutes } from './webhooks.ts'

/** The paths this surface owns on the shared origin. */
export const paths = ['/auth', '/account', '/webhooks', '/players', '/live-streams', '/live']

/** api.video's API: the same operations in the spelling its clients know. Contract: apivideo.md. */
export const apivideo: Surface = {
  name: 'apivideo',
  base: '',
  routes: [...authRoutes, ...accountRoutes, ...webhookRoutes, ...playerRoutes, ...liveStreamRoutes, ...liveDeliveryRoutes],
  authenticate,
  answerFault,
  // Browser clients call everything; credentials are headers and addresses, never cookies.
  crossOrigin: () => true,
  crossOriginHeaders: ['Authorization', 'Content-Range', 'AV-Origin-Client', 'AV-Origin-App', 'AV-Origin-Sdk'],
}
