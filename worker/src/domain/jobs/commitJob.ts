import { Fault } from '@avocet/shared/fault'
import type { JobLease, JobResult } from '@avocet/shared/job'
import type { AgentActor } from '../actor.ts'
import { commitChunk } from '../encodes/commitChunk.ts'
import { commitImages } from '../encodes/commitImages.ts'
import { commitPlan } from '../encodes/commitPlan.ts'
import { commitText } from '../encodes/commitText.ts'
import type { Deps } from '../ports.ts'
import type { Job } from './job.ts'
import { whileHeld } from './whileHeld.ts'

/** Takes the result of a leased job. Returns the lease to go straight on with, after `prepare`. */
export function commitJob(deps: Deps, agent: AgentActor, id: string, epoch: number, result: JobResult): Promise<JobLease | null> {
  return whileHeld(deps, agent, id, epoch, async (job) => {
    if (job.kind !== result.kind) throw new Fault('bad_request', `This is a job of kind ${job.kind}.`, { reason: 'wrong_job_kind' })
    return take(deps, agent, job, result)
  })
}

async function take(deps: Deps, agent: AgentActor, job: Job, result: JobResult): Promise<JobLease | null> {
  if (result.kind === 'prepare') return commitPlan(deps, agent, job, result.media)
  if (result.kind === 'encode') await commitChunk(deps, job, result.manifest, true)
  if (result.kind === 'audio') await commitChunk(deps, job, result.manifest, result.final)
  if (result.kind === 'text') await commitText(deps, job, result.tracks)
  if (result.kind === 'images') await commitImages(deps, job, result.images)
  return null
}
