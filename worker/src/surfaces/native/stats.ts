import { z } from 'zod'
import { accountStats } from '../../domain/stats/accountStats.ts'
import { getVideo } from '../../domain/videos/getVideo.ts'
import { route } from '../../http/route.ts'
import { idParam } from './codec.ts'

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
  route({
    method: 'GET',
    path: '/videos/:id/stats',
    summary: 'Numbers of one video',
    tag: 'Stats',
    needs: 'stats:read',
    rate: 'stats',
    input: { params: z.object({ id: idParam('video') }) },
    output: { status: 200, body: z.object({ video_id: z.string(), views: count }) },
    async run({ deps, actor, params }) {
      const { video } = await getVideo(deps, actor, params.id)
      return { video_id: video.id, views: video.views }
    },
  }),
]
