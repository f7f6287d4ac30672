import { missing } from '@avocet/shared/fault'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'
import type { Video } from '../videos/video.ts'
import { type Bucket, byBucket, type Counted, type Period } from './period.ts'
import { mergeRollups, pointsOf, type Rollup } from './rollup.ts'

export interface VideoUsage {
  video: Video
  total: Rollup
  series: Counted[]
}

/** What the viewings of a video in a period add up to. Numbers are at most about a minute old. */
export async function videoUsage(deps: Deps, actor: Actor, id: string, period: Period, bucket: Bucket): Promise<VideoUsage> {
  demand(actor, 'stats:read')
  const video = (await deps.videos.find(actor.accountId, id)) ?? missing('video')
  const days = await deps.usage.ofVideo(actor.accountId, video.id, period.from, period.to)
  return { video, total: mergeRollups(days.map(({ rollup }) => rollup)), series: byBucket(pointsOf(days, bucket), bucket) }
}
