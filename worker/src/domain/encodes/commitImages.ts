import type { EncodeImages } from '@avocet/shared/encode'
import { missing } from '@avocet/shared/fault'
import type { Job } from '../jobs/job.ts'
import { done } from '../jobs/lease.ts'
import type { Deps } from '../ports.ts'
import { awaitedPosters } from './posterJob.ts'

/** Publishes poster and storyboard of an encode, and begins the posters owners chose before it. */
export async function commitImages(deps: Deps, job: Job, images: EncodeImages): Promise<void> {
  const encode = (await deps.encodes.find(job.encodeId)) ?? missing('encode')
  const posters = await awaitedPosters(deps, encode)
  await deps.commit([deps.jobs.settle(job, done(deps.now())), deps.encodes.save({ ...encode, images: { ...images, epoch: job.epoch } }), ...posters])
  if (posters.length > 0) deps.defer(deps.dispatcher.wake())
}
