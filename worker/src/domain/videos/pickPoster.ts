import { Fault, missing } from '@avocet/shared/fault'
import { type Actor, demand } from '../actor.ts'
import { posterJob } from '../encodes/posterJob.ts'
import type { Deps, VideoDetail } from '../ports.ts'
import { forgetOldPosters } from './forgetOldPosters.ts'

/**
 * Makes a moment of the video its poster; one beyond its end, or before its beginning, means the first frame. Before the video is encoded
 * the moment is remembered. Until the frame is made, the poster of the encode shows. Throws not_found, conflict, unprocessable `no_picture`
 * for sound alone.
 */
export async function pickPoster(deps: Deps, actor: Actor, id: string, atSeconds: number): Promise<VideoDetail> {
  demand(actor, 'videos:write')
  const detail = (await deps.videos.findDetail(actor.accountId, id)) ?? missing('video')
  const { video, encode } = detail
  if (encode?.plan?.video.length === 0) throw new Fault('unprocessable', 'This video has no picture.', { reason: 'no_picture' })
  const job = encode?.state === 'ready' ? posterJob(deps, encode, video) : null
  const changed = { ...video, poster: { atSeconds, image: null, jobId: job?.id ?? null }, updatedAt: deps.now() }
  await deps.commit([deps.videos.save(changed), ...(job ? [deps.jobs.add(job)] : [])])
  if (job) deps.defer(deps.dispatcher.wake())
  deps.defer(forgetOldPosters(deps, video))
  return { ...detail, video: changed }
}
