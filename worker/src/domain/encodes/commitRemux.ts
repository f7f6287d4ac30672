import type { EncodePlan } from '@avocet/shared/encode'
import { missing } from '@avocet/shared/fault'
import type { Job } from '../jobs/job.ts'
import { done } from '../jobs/lease.ts'
import type { Deps, Write } from '../ports.ts'
import { pictureJobs } from './pictureJobs.ts'
import { remuxSecret } from './remuxSecret.ts'

/** Takes the copy of a source that could not be seeked into, and queues the work that waited for it. */
export async function commitRemux(deps: Deps, job: Job, bytes: number): Promise<void> {
  const secret = await remuxSecret(deps, (await deps.encodes.find(job.encodeId)) ?? missing('encode'))
  await goOn(deps, job, { epoch: job.epoch, bytes, secret }, deps.jobs.settle(job, done(deps.now())))
}

/** Goes on without a copy that cannot be made: the work reads the source itself, from far ahead. `ended` settles the job that failed. */
export function goWithoutRemux(deps: Deps, job: Job, ended: Write): Promise<void> {
  return goOn(deps, job, undefined, ended)
}

async function goOn(deps: Deps, job: Job, remuxed: EncodePlan['source']['remuxed'], settled: Write): Promise<void> {
  const encode = (await deps.encodes.find(job.encodeId)) ?? missing('encode')
  const plan = encode.plan ?? missing('encode')
  const waiting = pictureJobs(deps, job, plan, 'remuxed')
  await deps.commit([
    settled,
    deps.encodes.save({ ...encode, plan: { ...plan, source: { ...plan.source, ...(remuxed && { remuxed }) } } }),
    ...(waiting.length > 0 ? [deps.jobs.add(...waiting)] : []),
  ])
  deps.defer(deps.dispatcher.wake())
}
