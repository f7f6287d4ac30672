import type { EncodeImages } from '@avocet/shared/encode'
import type { VideoId } from '@avocet/shared/ids'
import type { Job } from '../jobs/job.ts'
import { done } from '../jobs/lease.ts'
import type { Deps } from '../ports.ts'
import { posterKeyOf } from './posterJob.ts'

/** Shows the poster that was made, unless another was chosen since. */
export async function commitPoster(deps: Deps, job: Job, { width, height }: EncodeImages['poster']): Promise<void> {
  const video = await deps.videos.find(job.accountId, job.stream as VideoId)
  const settled = deps.jobs.settle(job, done(deps.now()))
  if (!video?.poster || video.poster.jobId !== job.id) return deps.commit([settled])
  const image = { key: posterKeyOf(job), type: 'image/jpeg' as const, widthPx: width, heightPx: height }
  await deps.commit([settled, deps.videos.save({ ...video, poster: { ...video.poster, image, jobId: null }, updatedAt: deps.now() })])
}
