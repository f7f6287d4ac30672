import { z } from 'zod'
import { accountUsage } from '../../domain/analytics/accountUsage.ts'
import { periodOf } from '../../domain/analytics/period.ts'
import { videoTotals } from '../../domain/analytics/videoTotals.ts'
import { accountStats } from '../../domain/stats/accountStats.ts'
import { route } from '../../http/route.ts'
import { encodePage, PageQuery, pageOf, sliceOf } from './codec.ts'
import { AccountUsage, CsvQuery, csvOf, encodeAccountUsage, minutes, PeriodQuery } from './usageCodec.ts'

const count = z.number().int().nonnegative()
const about = { method: 'GET', tag: 'Stats', needs: 'stats:read', rate: 'stats' } as const

export const statsRoutes = [
  route({
    ...about,
    path: '/stats',
    summary: 'Account totals: videos, views, storage in bytes; and its audience in a period, deleted videos included: time, egress, completion, countries, devices, quality',
    input: { query: PeriodQuery },
    output: {
      status: 200,
      body: z.object({
        total_videos: count,
        total_views: count,
        storage_used: count,
        storage_reserved: count.describe('Promised to open uploads'),
        storage_quota: count,
        videos_by_status: z.object({ processing: count, ready: count, failed: count }),
        period: AccountUsage,
      }),
    },
    async run({ deps, actor, query }) {
      const period = periodOf(query, deps.now())
      const [{ videos, views, byStatus, account }, { total, series }] = await Promise.all([accountStats(deps, actor), accountUsage(deps, actor, period, query.bucket)])
      return {
        total_videos: videos,
        total_views: views,
        storage_used: account.storageUsedBytes,
        storage_reserved: account.storageReservedBytes,
        storage_quota: account.storageQuotaBytes,
        videos_by_status: byStatus,
        period: encodeAccountUsage(period, total, series),
      }
    },
  }),
  route({
    ...about,
    path: '/stats/videos',
    summary: 'The videos that were watched in a period, the most viewed first unless sorted otherwise; at most 10,000 are told apart',
    input: { query: PeriodQuery.omit({ bucket: true }).extend({ ...PageQuery.shape, sort: z.enum(['views', '-views', 'minutes_watched', '-minutes_watched']).default('-views') }) },
    output: { status: 200, body: pageOf(z.object({ video_id: z.string(), views: count, starts: count, ends: count, minutes_watched: z.number() })) },
    async run({ deps, actor, query }) {
      const key = query.sort.endsWith('views') ? 'views' : 'playedSeconds'
      const sign = query.sort.startsWith('-') ? -1 : 1
      const listing = await videoTotals(deps, actor, periodOf({ ...query, bucket: 'day' }, deps.now()), (a, b) => sign * (a[key] - b[key]), sliceOf(query))
      return encodePage(listing, query, ({ videoId, views, starts, ends, playedSeconds }) => ({ video_id: videoId, views, starts, ends, minutes_watched: minutes(playedSeconds) }))
    },
  }),
  route({
    ...about,
    path: '/stats.csv',
    summary: 'The account in a period as CSV: views, minutes and egress by hour, day or month, or another table of its numbers',
    input: { query: CsvQuery },
    output: { status: 200, type: 'text/csv' },
    async run({ deps, actor, query }) {
      const period = periodOf(query, deps.now())
      const { total, series } = await accountUsage(deps, actor, period, query.bucket)
      return csvOf(encodeAccountUsage(period, total, series), query.table, 'usage')
    },
  }),
]
