import type { Surface } from '../../http/surface.ts'
import { answerFault } from '../../http/faults.ts'
import { accountRoutes } from './accounts.ts'
import { apiKeyRoutes } from './apiKeys.ts'
import { authenticate } from './auth.ts'
import { embedRoutes } from './embed.ts'
import { embedTokenRoutes } from './embedTokens.ts'
import { encodeRoutes } from './encodes.ts'
import { importRoutes } from './imports.ts'
import { liveStreamRoutes } from './liveStreams.ts'
import { meRoutes } from './me.ts'
import { posterRoutes } from './posters.ts'
import { presetRoutes } from './presets.ts'
import { sessionRoutes } from './sessions.ts'
import { settingsRoutes } from './settings.ts'
import { signingKeyRoutes } from './signingKeys.ts'
import { sourceRoutes } from './source.ts'
import { statsRoutes } from './stats.ts'
import { subtitleRoutes } from './subtitles.ts'
import { uploadRoutes } from './uploads.ts'
import { uploadTokenRoutes } from './uploadTokens.ts'
import { usageRoutes } from './usage.ts'
import { videoRoutes } from './videos.ts'
import { deliveryRoutes } from './deliveries.ts'
import { webhookRoutes } from './webhooks.ts'

/** AVCaption's API and what grew by its conventions. Contract: avcaption.md. */
export const native: Surface = {
  name: 'native',
  base: '/api/v1',
  routes: [
    ...videoRoutes,
    ...importRoutes,
    ...posterRoutes,
    ...encodeRoutes,
    ...uploadRoutes,
    ...sourceRoutes,
    ...uploadTokenRoutes,
    ...subtitleRoutes,
    ...embedTokenRoutes,
    ...signingKeyRoutes,
    ...embedRoutes,
    ...presetRoutes,
    ...liveStreamRoutes,
    ...apiKeyRoutes,
    ...settingsRoutes,
    ...accountRoutes,
    ...statsRoutes,
    ...usageRoutes,
    ...sessionRoutes,
    ...meRoutes,
    ...webhookRoutes,
    ...deliveryRoutes,
  ],
  authenticate,
  answerFault,
  // Uploads: pages of customers send files here, by upload token.
  crossOrigin: (path) => /^\/api\/v1\/(?:embed\/|upload(?:$|\/))/.test(path),
  crossOriginHeaders: ['Authorization', 'Idempotency-Key', 'X-Upload-ID', 'X-Chunk-Index', 'Content-Digest'],
}
