import type { Surface } from '../../http/surface.ts'
import { authenticate } from './auth.ts'
import { answerFault } from '../../http/faults.ts'
import { uploadRoutes } from './uploads.ts'
import { videoRoutes } from './videos.ts'

/** AVCaption's API and what grew by its conventions. Contract: avcaption.md. */
export const native: Surface = {
  name: 'native',
  base: '/api/v1',
  routes: [...videoRoutes, ...uploadRoutes],
  authenticate,
  answerFault,
}
