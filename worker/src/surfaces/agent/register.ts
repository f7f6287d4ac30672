import { RegisterAnswer, RegisterRequest } from '@avocet/shared/agent'
import { z } from 'zod'
import { createEnrolment } from '../../domain/agents/createEnrolment.ts'
import { enrolAgent, registerAgent } from '../../domain/agents/registerAgent.ts'
import { authenticateAgent } from '../../domain/credentials/authenticateAgent.ts'
import { bearerOf } from '../../http/actor.ts'
import { route } from '../../http/route.ts'

export const registerRoutes = [
  route({
    method: 'POST',
    path: '/enrolments',
    summary: 'Make a one-use enrolment code for one host',
    tag: 'Agents',
    needs: 'operator',
    rate: 'none',
    output: { status: 201, body: z.object({ code: z.string(), expires_at: z.iso.datetime() }) },
    async run({ deps }) {
      const { code, expiresAt } = await createEnrolment(deps)
      return { code, expires_at: new Date(expiresAt).toISOString() }
    },
  }),
  route({
    method: 'POST',
    path: '/register',
    summary: 'Report a host: with an enrolment code the first time, with its credential on each later start',
    tag: 'Agents',
    needs: 'public',
    rate: 'none',
    input: { body: RegisterRequest },
    output: { status: 200, body: RegisterAnswer },
    async run({ deps, body, request }) {
      if (body.enrolmentCode !== undefined) return enrolAgent(deps, body)
      const actor = await authenticateAgent(deps, bearerOf(request) ?? '')
      await registerAgent(deps, actor, body)
      return { agentId: actor.agentId, credential: null }
    },
  }),
]
