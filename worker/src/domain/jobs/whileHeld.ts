import { Fault } from '@avocet/shared/fault'
import type { AgentActor } from '../actor.ts'
import type { Deps } from '../ports.ts'
import type { Job } from './job.ts'
import { heldJob } from './lease.ts'

const TRIES = 15
/** Hosts that collided wait apart: up to this long after the first try, twice that after the second, and so on. */
const WAIT_MS = 10

/**
 * Runs a change on a job this agent holds. Many agents work on one encode at once: a conflict over the encode's row is tried again
 * from fresh reads, a lost lease (conflict `lease_lost`) is not. Throws unavailable `encode_busy` when the crowd is too large for us;
 * the work is not lost, its holder repeats the call.
 */
export async function whileHeld<T>(deps: Deps, agent: AgentActor, id: string, epoch: number, change: (job: Job) => Promise<T>): Promise<T> {
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const job = await heldJob(deps, agent, id, epoch)
    try {
      return await change(job)
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== 'conflict') throw error
    }
    const share = new DataView(deps.crypto.randomBytes(4).buffer).getUint32(0) / 2 ** 32
    await new Promise((resolve) => setTimeout(resolve, share * WAIT_MS * attempt))
  }
  throw new Fault('unavailable', 'Too many hosts report on this encode at once. Try again.', { reason: 'encode_busy', retryAfterSeconds: 1 })
}
