import type { HeartbeatAnswer, HeartbeatRequest } from '@avocet/shared/job'
import type { AgentActor } from '../actor.ts'
import type { Deps } from '../ports.ts'
import { leaseLost } from './lease.ts'

/** Extends a lease. `cancel` when the work is no longer wanted; throws conflict `lease_lost` when somebody else has it. */
export async function heartbeatJob(
  deps: Deps,
  agent: AgentActor,
  id: string,
  { epoch, progress, speed = 0 }: HeartbeatRequest,
): Promise<HeartbeatAnswer> {
  const job = await deps.jobs.find(id)
  const renewed = job && (await deps.jobs.renew(job.id, agent.agentId, epoch, deps.now() + deps.config.leaseMs, { progress, speed }))
  if (renewed) return { cancel: false, drain: agent.host.draining }
  if (job?.state === 'cancelled' && job.agentId === agent.agentId && job.epoch === epoch) return { cancel: true, drain: agent.host.draining }
  throw leaseLost()
}
