import { missing } from '@avocet/shared/fault'
import type { Job } from '../jobs/job.ts'
import { done } from '../jobs/lease.ts'
import type { Deps } from '../ports.ts'
import { downloadKeyOf } from './downloadKeyOf.ts'
import { qualityOf } from './qualityEvents.ts'

/** Publishes the MP4 file of an encode, and tells of it where a video offers it. */
export async function commitDownload(deps: Deps, job: Job, sizeBytes: number): Promise<void> {
  const encode = (await deps.encodes.find(job.encodeId)) ?? missing('encode')
  const download = { key: await downloadKeyOf(deps, encode, job.epoch), sizeBytes }
  const highest = encode.plan?.video.find(({ codec }) => codec === 'h264')
  const data = { kind: 'mp4', ...(highest ? { quality: qualityOf(highest) } : {}) }
  const offering = (await deps.videos.listByAsset(encode.assetId)).filter(({ downloadable }) => downloadable)
  const told = offering.map((video) => deps.events.add(video.accountId, 'video.quality_encoded', video.id, data))
  await deps.commit([deps.jobs.settle(job, done(deps.now())), deps.encodes.save({ ...encode, download }), ...told])
}
