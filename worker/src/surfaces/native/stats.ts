import { z } from 'zod'
import { accountStats } from '../../domain/stats/accountStats.ts'
import { route } from '../../http/route.ts'

const count = z.number().int().nonnegative()

export const statsRoutes = [
  route({
    method: 'GET',
    path: '/stats',
    summary: 'Account totals: videos, views, storage in bytes',
    tag: 'Stats',
    needs: 'stats:read',
    rate: 'stats',
    output: {
      status: 200,
      body: z.object({
        total_videos: count,
        total_views: count,
        storage_used: count,
        storage_reserved: count.describe('Promised to open uploads'),
        storage_quota: count,
        videos_by_status: z.object({ processing: count, ready: count, failed: count }),
      }),
    },
    async run({ deps, actor }) {
      const { videos, views, byStatus, account } = await accountStats(deps, actor)
      return {
        total_videos: videos,
        total_views: views,
        storage_used: account.storageUsedBytes,
        storage_reserved: account.storageReservedBytes,
        storage_quota: account.storageQuotaBytes,
        videos_by_status: byStatus,
      }
    },
  }),
]
