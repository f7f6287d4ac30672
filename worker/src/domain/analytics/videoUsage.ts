import { missing } from '@avocet/shared/fault'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'
import { DAY_MS } from '../usage.ts'
import type { Video } from '../videos/video.ts'
import { type Bucket, byBucket, type Counted, type Period } from './period.ts'
import { mergeRollups, type Rollup } from './rollup.ts'

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
  const points = days.flatMap(({ day, rollup }): Counted[] =>
    bucket === 'hour'
      ? // Bytes are kept by day; by hour they follow the time played.
        rollup.hours.map(([hour, views, playedSeconds]) => {
          const share = rollup.playedSeconds > 0 ? playedSeconds / rollup.playedSeconds : 0
          return { at: day * DAY_MS + hour * 3_600_000, views, playedSeconds, bytes: Math.round(rollup.bytes * share) }
        })
      : [{ at: day * DAY_MS, views: rollup.views, playedSeconds: rollup.playedSeconds, bytes: rollup.bytes }],
  )
  return { video, total: mergeRollups(days.map(({ rollup }) => rollup)), series: byBucket(points, bucket) }
}
