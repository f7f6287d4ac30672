import { accountActor, operator } from '../../http/actor.ts'
import { answerFault } from '../../http/faults.ts'
import type { Surface } from '../../http/surface.ts'
import { authRoutes } from './auth.ts'

/** Logging in, and claiming a fresh site. */
export const accounts: Surface = {
  name: 'accounts',
  base: '/api/auth',
  routes: authRoutes,
  authenticate: async (deps, request, needs) => (needs === 'operator' ? operator(deps, request) : accountActor(deps, request)),
  answerFault,
}
