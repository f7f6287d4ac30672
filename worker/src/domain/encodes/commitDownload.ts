import { missing } from '@avocet/shared/fault'
import type { Job } from '../jobs/job.ts'
import { done } from '../jobs/lease.ts'
import type { Deps } from '../ports.ts'
import { downloadKeyOf } from './downloadKeyOf.ts'

/** Publishes the MP4 file of an encode. */
export async function commitDownload(deps: Deps, job: Job, sizeBytes: number): Promise<void> {
  const encode = (await deps.encodes.find(job.encodeId)) ?? missing('encode')
  const download = { key: await downloadKeyOf(deps, encode, job.epoch), sizeBytes }
  await deps.commit([deps.jobs.settle(job, done(deps.now())), deps.encodes.save({ ...encode, download })])
}
