import { z } from 'zod'
import { accountUsage } from '../../domain/analytics/accountUsage.ts'
import { periodOf } from '../../domain/analytics/period.ts'
import { accountStats } from '../../domain/stats/accountStats.ts'
import { route } from '../../http/route.ts'
import { AccountPeriodQuery, AccountUsage, csvOf, encodeAccountUsage } from './usageCodec.ts'

const count = z.number().int().nonnegative()
const about = { method: 'GET', tag: 'Stats', needs: 'stats:read', rate: 'stats' } as const

export const statsRoutes = [
  route({
    ...about,
    path: '/stats',
    summary: 'Account totals: videos, views, storage in bytes; and views, minutes and egress of a period, deleted videos included',
    input: { query: AccountPeriodQuery },
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
      const [{ videos, views, byStatus, account }, series] = await Promise.all([accountStats(deps, actor), accountUsage(deps, actor, period, query.bucket)])
      return {
        total_videos: videos,
        total_views: views,
        storage_used: account.storageUsedBytes,
        storage_reserved: account.storageReservedBytes,
        storage_quota: account.storageQuotaBytes,
        videos_by_status: byStatus,
        period: encodeAccountUsage(period, series),
      }
    },
  }),
  route({
    ...about,
    path: '/stats.csv',
    summary: 'Views, minutes and egress of the account by day or month',
    input: { query: AccountPeriodQuery },
    output: { status: 200, type: 'text/csv' },
    run: async ({ deps, actor, query }) => csvOf(await accountUsage(deps, actor, periodOf(query, deps.now()), query.bucket), 'usage'),
  }),
]
