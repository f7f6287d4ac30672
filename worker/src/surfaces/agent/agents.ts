import { AgentCapabilities } from '@avocet/shared/agent'
import { type AgentId, isId } from '@avocet/shared/ids'
import { MAX_PAGE_SIZE } from '@avocet/shared/page'
import { z } from 'zod'
import { drainAgent } from '../../domain/agents/drainAgent.ts'
import { type AgentAtWork, listAgents } from '../../domain/agents/listAgents.ts'
import { route } from '../../http/route.ts'

const AgentBody = z
  .object({
    id: z.string(),
    name: z.string(),
    online: z.boolean().describe('Heard of within two minutes'),
    draining: z.boolean().describe('Finishes what it holds and gets no more'),
    jobs: z.number().int(),
    speed: z.number().describe('Seconds of media made per second, over all its jobs'),
    capabilities: AgentCapabilities,
    last_seen_at: z.iso.datetime(),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'Agent' })
const about = { tag: 'Agents', needs: 'operator', rate: 'none' } as const
const params = z.object({ id: z.string().refine((text) => isId('agent', text), 'malformed id') })

/** What the operator of the site sees and does of its hosts. */
export const agentRoutes = [
  route({
    ...about,
    method: 'GET',
    path: '/agents',
    summary: 'Transcoder hosts of the site, newest first',
    input: { query: z.strictObject({ offset: z.coerce.number().int().min(0).default(0), limit: z.coerce.number().int().min(1).max(MAX_PAGE_SIZE).default(MAX_PAGE_SIZE) }) },
    output: { status: 200, body: z.object({ data: z.array(AgentBody), total: z.number().int() }) },
    async run({ deps, query }) {
      const { items, total } = await listAgents(deps, query)
      return { data: items.map(encodeAgent), total }
    },
  }),
  route({
    ...about,
    method: 'POST',
    path: '/agents/:id/drain',
    summary: 'Let a host finish what it holds and give it no more',
    input: { params },
    output: { status: 204 },
    run: ({ deps, params }) => drainAgent(deps, params.id as AgentId, true),
  }),
  route({
    ...about,
    method: 'POST',
    path: '/agents/:id/resume',
    summary: 'Give a drained host work again',
    input: { params },
    output: { status: 204 },
    run: ({ deps, params }) => drainAgent(deps, params.id as AgentId, false),
  }),
]

const encodeAgent = ({ agent, online, jobs, speed }: AgentAtWork): z.infer<typeof AgentBody> => ({
  id: agent.id,
  name: agent.name,
  online,
  draining: agent.draining,
  jobs,
  speed: Math.round(speed * 100) / 100,
  capabilities: agent.capabilities,
  last_seen_at: new Date(agent.lastSeenAt).toISOString(),
  created_at: new Date(agent.createdAt).toISOString(),
})
