import type { AgentActor } from '../actor.ts'
import type { Deps } from '../ports.ts'
import { heldJob } from './lease.ts'

/** Gives a job back unharmed, e.g. at shutdown. No attempt is counted; another agent can have it at once. */
export async function releaseJob(deps: Deps, agent: AgentActor, id: string, epoch: number): Promise<void> {
  const job = await heldJob(deps, agent, id, epoch)
  await deps.commit([deps.jobs.settle(job, { state: 'queued', agentId: null, leaseUntil: null, runAfter: deps.now() })])
  deps.defer(deps.dispatcher.wake())
}
