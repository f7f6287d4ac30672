import { authenticateAgent } from '../../domain/credentials/authenticateAgent.ts'
import { bearerOf, operator } from '../../http/actor.ts'
import { answerFault } from '../../http/faults.ts'
import type { Surface } from '../../http/surface.ts'
import { agentRoutes } from './agents.ts'
import { checkRoutes } from './check.ts'
import { jobRoutes } from './jobs.ts'
import { objectPartRoutes } from './objectParts.ts'
import { objectRoutes } from './objects.ts'
import { registerRoutes } from './register.ts'

/** What transcoder hosts speak. Contract: shared/src/{agent,job}.ts. */
export const agent: Surface = {
  name: 'agent',
  base: '/agent/v1',
  routes: [...registerRoutes, ...agentRoutes, ...checkRoutes, ...jobRoutes, ...objectRoutes, ...objectPartRoutes],
  authenticate: async (deps, request, needs) => (needs === 'operator' ? operator(deps, request) : authenticateAgent(deps, bearerOf(request) ?? '')),
  answerFault,
}
