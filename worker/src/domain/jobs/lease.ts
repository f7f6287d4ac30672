import { Fault } from '@avocet/shared/fault'
import type { AgentActor } from '../actor.ts'
import type { Deps } from '../ports.ts'
import type { Job } from './job.ts'

/** The agent no longer holds this job: it drops it and asks for other work. */
export function leaseLost(): Fault {
  return new Fault('conflict', 'This lease has ended. Drop the job.', { reason: 'lease_lost' })
}

/** The job if this agent holds it under this epoch. Throws conflict `lease_lost` otherwise; an unknown job looks the same. */
export async function heldJob(deps: Deps, agent: AgentActor, id: string, epoch: number): Promise<Job> {
  const job = await deps.jobs.find(id)
  if (!job || job.state !== 'leased' || job.agentId !== agent.agentId || job.epoch !== epoch) throw leaseLost()
  return job
}

/** A job's row as it is first queued. */
export function newJob(deps: Deps, facts: Pick<Job, 'accountId' | 'encodeId' | 'kind' | 'priority'> & Partial<Job>): Job {
  const now = deps.now()
  return {
    id: deps.newId('job'),
    stream: '',
    chunkIndex: 0,
    needs: null,
    state: 'queued',
    agentId: null,
    epoch: 0,
    leaseUntil: null,
    runAfter: now,
    attempts: 0,
    crashes: [],
    progress: 0,
    speed: 0,
    error: null,
    createdAt: now,
    finishedAt: null,
    ...facts,
  }
}

/** What changes in a job whose work was accepted. */
export const done = (at: number): Partial<Job> => ({ state: 'done', progress: 1, leaseUntil: null, finishedAt: at })
