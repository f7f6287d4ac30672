import { z } from 'zod'
import { periodOf } from '../../domain/analytics/period.ts'
import { videoUsage } from '../../domain/analytics/videoUsage.ts'
import { viewerProgress } from '../../domain/analytics/viewerProgress.ts'
import { route } from '../../http/route.ts'
import { encodePage, Iso, idParam, iso, PageQuery, pageOf, sliceOf } from './codec.ts'
import { CsvQuery, csvOf, encodeUsage, PeriodQuery, Usage } from './usageCodec.ts'

const about = { method: 'GET', tag: 'Stats', needs: 'stats:read', rate: 'stats' } as const
const params = z.object({ id: idParam('video') })
const count = z.number().int().nonnegative()

export const usageRoutes = [
  route({
    ...about,
    path: '/videos/:id/stats',
    summary: 'A video’s views in all, and its audience in a period: viewers, time, heat map, completion, countries, devices, quality',
    input: { params, query: PeriodQuery },
    output: { status: 200, body: z.object({ video_id: z.string(), views: count }).extend({ period: Usage }) },
    async run({ deps, actor, params, query }) {
      const period = periodOf(query, deps.now())
      const { video, total, series } = await videoUsage(deps, actor, params.id, period, query.bucket)
      return { video_id: video.id, views: video.views, period: encodeUsage(period, total, series) }
    },
  }),
  route({
    ...about,
    path: '/videos/:id/stats.csv',
    summary: 'A video in a period as CSV: views, minutes and egress by hour, day or month, or another table of its numbers',
    input: { params, query: CsvQuery },
    output: { status: 200, type: 'text/csv' },
    async run({ deps, actor, params, query }) {
      const period = periodOf(query, deps.now())
      const { video, total, series } = await videoUsage(deps, actor, params.id, period, query.bucket)
      return csvOf(encodeUsage(period, total, series), query.table, video.id)
    },
  }),
  route({
    ...about,
    path: '/videos/:id/viewers',
    summary: 'Viewers that embed tokens named, and how much of the video each has watched',
    input: { params, query: PageQuery },
    output: {
      status: 200,
      body: pageOf(z.object({ viewer_id: z.string(), completion: z.number().min(0).max(1), minutes_watched: z.number(), views: count, first_viewed_at: Iso, last_viewed_at: Iso })),
    },
    async run({ deps, actor, params, query }) {
      return encodePage(await viewerProgress(deps, actor, params.id, sliceOf(query)), query, (viewer) => ({
        viewer_id: viewer.viewerId,
        completion: Math.round(viewer.completion * 10_000) / 10_000,
        minutes_watched: Math.round((viewer.playedSeconds / 60) * 100) / 100,
        views: viewer.views,
        first_viewed_at: iso(viewer.firstAt),
        last_viewed_at: iso(viewer.lastAt),
      }))
    },
  }),
]
