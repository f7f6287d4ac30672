import { Fault } from '@avocet/shared/fault'
import type { JobLease, JobResult } from '@avocet/shared/job'
import type { AgentActor } from '../actor.ts'
import { commitChunk } from '../encodes/commitChunk.ts'
import { commitDownload } from '../encodes/commitDownload.ts'
import { commitImages } from '../encodes/commitImages.ts'
import { commitPlan } from '../encodes/commitPlan.ts'
import { commitPoster } from '../encodes/commitPoster.ts'
import { commitRemux } from '../encodes/commitRemux.ts'
import { commitText } from '../encodes/commitText.ts'
import type { Deps } from '../ports.ts'
import type { Job } from './job.ts'
import { leaseOf } from './taskOf.ts'
import { whileHeld } from './whileHeld.ts'

/** Takes the result of a leased job. Returns the lease to go straight on with, after `prepare`. A repeated call is answered as the first was. */
export async function commitJob(deps: Deps, agent: AgentActor, id: string, epoch: number, result: JobResult): Promise<JobLease | null> {
  try {
    return await whileHeld(deps, agent, id, epoch, async (job) => {
      if (job.kind !== result.kind) throw new Fault('bad_request', `This is a job of kind ${job.kind}.`, { reason: 'wrong_job_kind' })
      return take(deps, agent, job, result)
    })
  } catch (error) {
    const known = error instanceof Fault && error.details.reason === 'lease_lost' ? await deps.jobs.find(id) : null
    if (known?.state === 'done' && known.agentId === agent.agentId && known.epoch === epoch) return repeated(deps, known)
    throw error
  }
}

/** The answer to a call that was taken and whose answer got lost: after `prepare`, the lease that went with it, while it holds. */
async function repeated(deps: Deps, job: Job): Promise<JobLease | null> {
  if (job.kind !== 'prepare') return null
  const first = (await deps.jobs.listByEncode(job.encodeId)).find(({ state, agentId, epoch }) => state === 'leased' && agentId === job.agentId && epoch === 1)
  return first ? leaseOf(deps, first) : null
}

async function take(deps: Deps, agent: AgentActor, job: Job, result: JobResult): Promise<JobLease | null> {
  if (result.kind === 'prepare') return commitPlan(deps, agent, job, result.media)
  if (result.kind === 'encode') await commitChunk(deps, job, result.manifest, true)
  if (result.kind === 'audio') await commitChunk(deps, job, result.manifest, result.final)
  if (result.kind === 'remux') await commitRemux(deps, job, result.bytes)
  if (result.kind === 'text') await commitText(deps, job, result.tracks)
  if (result.kind === 'download') await commitDownload(deps, job, result.sizeBytes)
  if (result.kind === 'poster') await commitPoster(deps, job, result.image)
  if (result.kind === 'images') await commitImages(deps, job, result.images)
  return null
}
