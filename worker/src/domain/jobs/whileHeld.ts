import { Fault } from '@avocet/shared/fault'
import type { AgentActor } from '../actor.ts'
import type { Deps } from '../ports.ts'
import type { Job } from './job.ts'
import { heldJob } from './lease.ts'

const TRIES = 6

/**
 * Runs a change on a job this agent holds. Many agents work on one encode at once: a conflict over the encode's row is tried again
 * from fresh reads, a lost lease (conflict `lease_lost`) is not.
 */
export async function whileHeld<T>(deps: Deps, agent: AgentActor, id: string, epoch: number, change: (job: Job) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const job = await heldJob(deps, agent, id, epoch)
    try {
      return await change(job)
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== 'conflict' || attempt === TRIES) throw error
    }
  }
}
