import type { JobKind, JobLease } from '@avocet/shared/job'
import { abilitiesOf } from '@avocet/shared/pieces'
import type { AgentActor } from '../actor.ts'
import type { Agent } from '../agents/agent.ts'
import { demandProtocol } from '../agents/demandProtocol.ts'
import type { Deps } from '../ports.ts'
import { leaseOf } from './taskOf.ts'

/** Longest wait of one call; intermediaries cut longer requests (reference: cloudflare.md section 1). */
const MAX_WAIT_MS = 25_000
/** A waiting agent is alive: noted at most this often. */
const SEEN_EVERY_MS = 30_000
/** While waiting, look again this often even if nobody wakes us: back-offs end silently. */
const LOOK_EVERY_MS = 5_000
/** Agents beat as soon as they have a job. The first lease is short: a host that died while it waited is given one, and nobody runs it. */
const FIRST_SHARE = 3

/**
 * The best job this agent can do, leased to it; waits for one up to `waitMs`. Null when none came, the agent is drained, or it has
 * started anew since: nobody listens any more to a wait of its last boot, and a job given to it would be lost until its lease ends.
 */
export async function claimJob(deps: Deps, agent: AgentActor, kinds: readonly JobKind[], waitMs: number): Promise<JobLease | null> {
  const deadline = deps.now() + Math.min(waitMs, MAX_WAIT_MS)
  let host: Agent | null = agent.host
  const boot = host.bootId
  demandProtocol(host.protocol)
  if (deps.now() - host.lastSeenAt > SEEN_EVERY_MS) await deps.commit([deps.agents.seen(host.id, deps.now())])
  while (host?.bootId === boot) {
    const now = deps.now()
    // A drained host waits like any other, or it would ask without a pause; it gets work again when it is taken back.
    const job = host.draining ? null : await deps.jobs.claim({ agentId: agent.agentId, kinds, abilities: abilitiesOf(host.capabilities.encoders), now, leaseUntil: now + Math.round(deps.config.leaseMs / FIRST_SHARE) })
    if (job) {
      const lease = await leaseOf(deps, job)
      if (lease) return { ...lease, waitedMs: Math.max(0, now - job.runAfter) }
      await deps.commit([deps.jobs.settle(job, { state: 'cancelled', finishedAt: deps.now(), leaseUntil: null })])
      continue
    }
    const left = deadline - deps.now()
    if (left <= 0) return null
    await deps.dispatcher.wait(Math.min(left, LOOK_EVERY_MS))
    host = await deps.agents.find(agent.agentId)
  }
  return null
}
