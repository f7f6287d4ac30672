import type { Listing, Slice } from '@avocet/shared/page'
import type { Deps } from '../ports.ts'
import type { Agent } from './agent.ts'

/** An agent waits for work or beats at least this often. */
const ONLINE_MS = 2 * 60_000

export interface AgentAtWork {
  agent: Agent
  online: boolean
  /** Jobs it holds, and the seconds of media it makes per second with them. */
  jobs: number
  speed: number
}

/** The site's transcoder hosts, newest first. For operators. */
export async function listAgents(deps: Deps, slice: Slice): Promise<Listing<AgentAtWork>> {
  const [{ items, total }, held] = await Promise.all([deps.agents.list(slice), deps.jobs.countLeased()])
  const since = deps.now() - ONLINE_MS
  return {
    items: items.map((agent) => {
      const { jobs = 0, speed = 0 } = held.find(({ agentId }) => agentId === agent.id) ?? {}
      return { agent, online: agent.lastSeenAt > since, jobs, speed }
    }),
    total,
  }
}
