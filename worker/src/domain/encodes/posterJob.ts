import type { VideoId } from '@avocet/shared/ids'
import { posterKey } from '@avocet/shared/objectKeys'
import { type Job, PRIORITY } from '../jobs/job.ts'
import { newJob } from '../jobs/lease.ts'
import type { Deps, Write } from '../ports.ts'
import type { Video } from '../videos/video.ts'
import type { Encode } from './encode.ts'

/** The work of making one video's chosen poster out of an encode. Its `stream` says which video: several may stand on one asset. */
export const posterJob = (deps: Deps, { id, accountId }: Encode, video: Video): Job =>
  newJob(deps, { accountId, encodeId: id, kind: 'poster', stream: video.id, priority: PRIORITY.interactive })

/** Where it is stored. */
export const posterKeyOf = ({ id, stream, epoch }: Pick<Job, 'id' | 'stream' | 'epoch'>): string => posterKey(stream as VideoId, `${id}-${epoch}.jpg`)

/** Begins the posters that were chosen before there was an encode to make them of. */
export async function awaitedPosters(deps: Deps, encode: Encode): Promise<Write[]> {
  const awaiting = (await deps.videos.listByAsset(encode.assetId)).filter(({ poster }) => poster && poster.image === null && poster.jobId === null)
  return awaiting.flatMap((video) => {
    const job = posterJob(deps, encode, video)
    return [deps.jobs.add(job), deps.videos.save({ ...video, poster: { atSeconds: video.poster?.atSeconds ?? 0, image: null, jobId: job.id } })]
  })
}
