/** Numbers of what was watched, by time, by what viewings have in common, and in all (contract section 10, level N). */
import { Fault } from '@avocet/shared/fault'
import { z } from 'zod'
import type { Actor } from '../../domain/actor.ts'
import { audienceDays } from '../../domain/analytics/audienceDays.ts'
import { mergeRollups, pointsOf } from '../../domain/analytics/rollup.ts'
import { videoTotals } from '../../domain/analytics/videoTotals.ts'
import { videoUsage } from '../../domain/analytics/videoUsage.ts'
import { accountStats } from '../../domain/stats/accountStats.ts'
import { DAY_MS, type DayRollup } from '../../domain/usage.ts'
import type { Deps } from '../../domain/ports.ts'
import { route } from '../../http/route.ts'
import { encodePage, PageQuery, pageOf, SortOrder, sliceOf, spellId, time } from './codec.ts'
import { type DataFilter, DataQuery, type Dimension, filterOf, MEASURES, type Measure, planned, playsBy, refuse, timeframeOf } from './dataQuery.ts'

const about = { method: 'GET', tag: 'Analytics', needs: 'stats:read', rate: 'stats' } as const
const Timeframe = z.object({ from: z.string(), to: z.string() })

const AGGREGATIONS = {
  play: ['count', 'rate', 'total'], start: ['count'], end: ['count'], view: ['count'], impression: ['count'],
  'impression-time': ['average', 'sum'], 'watch-time': ['average', 'sum'], ccv: ['peak', 'average', 'live'],
} as const
const Metric = z.enum(Object.keys(AGGREGATIONS) as (keyof typeof AGGREGATIONS)[])
const Aggregation = z.enum(['count', 'rate', 'total', 'average', 'sum', 'peak', 'live'])
const Bucketed = z.enum(['play', 'play-rate', 'play-total', 'start', 'end', 'impression', 'ccv-peak', 'ccv-average', 'view'])
/** Those without a dimension are told in other ways, or not at all. */
const BREAKDOWNS = {
  'media-id': null, 'media-type': null, referrer: null, continent: 'continent', country: 'country', 'device-type': 'deviceType', 'operating-system': 'operatingSystem', browser: 'browser',
} as const satisfies Record<string, Dimension | null>
const Breakdown = z.enum(Object.keys(BREAKDOWNS) as (keyof typeof BREAKDOWNS)[])
const isMeasure = (metric: string): metric is Measure => Object.hasOwn(MEASURES, metric)

export const dataRoutes = [
  route({
    ...about,
    path: '/data/metrics/:metric/:aggregation',
    summary: 'One number over a time: plays, starts, ends, views, time watched',
    input: { params: z.object({ metric: Metric, aggregation: Aggregation }), query: DataQuery },
    output: { status: 200, body: z.object({ context: z.object({ metric: z.string(), aggregation: z.string(), timeframe: Timeframe }), data: z.number() }) },
    async run({ deps, actor, params: { metric, aggregation }, query, request }) {
      if (!(AGGREGATIONS[metric] as readonly string[]).includes(aggregation)) throw refuse('aggregation', `A metric and how it is added up: ${Object.entries(AGGREGATIONS).map(([name, ways]) => `${name} (${ways.join(', ')})`).join(', ')}.`)
      const filter = filterOf(request)
      const isTime = metric === 'watch-time'
      demandKept(isTime ? 'play' : metric, query)
      if (aggregation === 'rate' || (isTime && filter.by)) throw planned('This is not told.')
      const frame = timeframeOf(query, (metric === 'play' || isTime) && !filter.by ? 'hour' : 'day', deps.now())
      const context = { metric, aggregation, timeframe: frame.spelled }
      if (aggregation === 'total') return { context, data: await playsEver(deps, actor, filter) }
      const days = await audienceDays(deps, actor, frame.period, filter.videoIds)
      if (!isTime) return { context, data: seriesOf(days, metric as Measure, query, filter, frame).reduce((sum, { value }) => sum + value, 0) }
      const points = pointsOf(days, 'hour').filter(({ at }) => at >= frame.first && at < frame.end)
      const [seconds, plays] = [points.reduce((sum, point) => sum + point.playedSeconds, 0), points.reduce((sum, point) => sum + point.views, 0)]
      return { context, data: aggregation === 'sum' ? seconds : plays > 0 ? seconds / plays : 0 }
    },
  }),
  route({
    ...about,
    path: '/data/buckets/:metric/:breakdown',
    summary: 'Plays by country, continent, device, system or browser; plays, starts and ends by video; the greatest first unless sorted otherwise',
    input: {
      params: z.object({ metric: Bucketed, breakdown: Breakdown }),
      query: DataQuery.extend({ ...PageQuery.shape, sortBy: z.enum(['metricValue', 'dimensionValue']).default('metricValue'), sortOrder: SortOrder }),
    },
    output: {
      status: 200,
      body: pageOf(z.object({ dimensionValue: z.string(), metricValue: z.number() })).extend({ context: z.object({ metric: z.string(), breakdown: z.string(), timeframe: Timeframe }) }),
    },
    async run({ deps, actor, params: { metric, breakdown }, query, request }) {
      if (metric === 'play-total' && breakdown !== 'media-id') throw refuse('breakdown', 'Plays in all are told by video alone.')
      const [slice, filter, frame] = [sliceOf(query), filterOf(request), timeframeOf(query, 'day', deps.now())]
      demandKept(metric, query)
      const values = await bucketsOf(deps, actor, metric as Measure, breakdown, query, filter, frame)
      const down = query.sortOrder ? query.sortOrder === 'desc' : query.sortBy === 'metricValue'
      const byName = (a: string, b: string) => (a < b ? -1 : 1)
      const sorted = [...values].filter(([, value]) => value > 0).sort(([a, x], [b, y]) => (down ? -1 : 1) * (query.sortBy === 'metricValue' ? x - y : byName(a, b)) || byName(a, b))
      const listing = { items: sorted.slice(slice.offset, slice.offset + slice.limit), total: sorted.length }
      return { context: { metric, breakdown, timeframe: frame.spelled }, ...(await encodePage(request, slice, listing, ([dimensionValue, metricValue]) => ({ dimensionValue, metricValue }))) }
    },
  }),
  route({
    ...about,
    path: '/data/timeseries/:metric',
    summary: 'Plays by hour or day, starts, ends and views by day; in the order of time unless sorted otherwise',
    input: {
      params: z.object({ metric: Bucketed }),
      query: DataQuery.extend({ ...PageQuery.shape, interval: z.enum(['minute', 'hour', 'day']).default('hour'), sortBy: z.enum(['metricValue', 'emittedAt']).default('emittedAt'), sortOrder: SortOrder }),
    },
    output: {
      status: 200,
      body: pageOf(z.object({ emittedAt: z.string(), metricValue: z.number() })).extend({ context: z.object({ metric: z.string(), interval: z.string(), timeframe: Timeframe }) }),
    },
    async run({ deps, actor, params: { metric }, query, request }) {
      if (metric === 'play-total') throw refuse('metric', 'Plays in all have no time.')
      const [slice, filter] = [sliceOf(query), filterOf(request)]
      demandKept(metric, query)
      if (query.interval === 'minute' || (query.interval === 'hour' && (metric !== 'play' || filter.by))) throw planned('This is told by day, and plays of all kinds by hour.')
      const frame = timeframeOf(query, query.interval, deps.now())
      const series = seriesOf(await audienceDays(deps, actor, frame.period, filter.videoIds), metric as Measure, query, filter, frame)
      const sums = new Map<number, number>()
      for (const { at, value } of series) {
        const bucket = query.interval === 'day' ? Math.floor(at / DAY_MS) * DAY_MS : at
        if (value > 0) sums.set(bucket, (sums.get(bucket) ?? 0) + value)
      }
      const sign = query.sortOrder === 'desc' ? -1 : 1
      const sorted = [...sums].sort(([a, x], [b, y]) => sign * (query.sortBy === 'metricValue' ? x - y : a - b) || a - b)
      const listing = { items: sorted.slice(slice.offset, slice.offset + slice.limit), total: sorted.length }
      return { context: { metric, interval: query.interval, timeframe: frame.spelled }, ...(await encodePage(request, slice, listing, ([at, metricValue]) => ({ emittedAt: time(at), metricValue }))) }
    },
  }),
]

type Query = z.infer<typeof DataQuery>
type Frame = ReturnType<typeof timeframeOf>

/** Impressions and who watches at the same time are not kept, nor viewers of all videos together. */
function demandKept(metric: string, { unique }: Query): void {
  if (!isMeasure(metric) && metric !== 'play-total') throw planned(`The metric ${metric} is not kept.`)
  if (unique === 'true') throw planned('Viewers are told apart within a video alone.')
}

/** A metric by the beginnings of days, plays of all kinds by those of hours. */
function seriesOf(days: readonly DayRollup[], metric: Measure, query: Query, { by }: DataFilter, { first, end }: Frame): { at: number; value: number }[] {
  if (by && metric !== 'play') throw planned('Plays alone are told apart by where and with what they were watched.')
  const points =
    metric === 'play' && !by
      ? pointsOf(days, 'hour').map(({ at, views }) => ({ at, value: views }))
      : days.map(({ day, rollup }) => ({ at: day * DAY_MS, value: by ? by.values.reduce((sum, value) => sum + (playsBy(by.dimension, rollup).get(value) ?? 0), 0) : MEASURES[metric](rollup, query) }))
  return points.filter(({ at }) => at >= first && at < end)
}

async function bucketsOf(deps: Deps, actor: Actor, metric: Measure | 'play-total', breakdown: z.infer<typeof Breakdown>, query: Query, filter: DataFilter, frame: Frame): Promise<Map<string, number>> {
  if (breakdown === 'referrer' || metric === 'play-total') throw planned('This is not told.')
  if (breakdown === 'media-id') {
    if (metric === 'view' || filter.by) throw planned('Videos are told apart by plays, starts and ends, of all viewers together.')
    const { items } = await videoTotals(deps, actor, frame.period, () => 0, { offset: 0, limit: 10_000 })
    const value = { play: 'views', start: 'starts', end: 'ends' } as const
    return new Map(items.filter(({ videoId }) => filter.videoIds?.includes(videoId) ?? true).map((totals) => [spellId('vi', totals.videoId), totals[value[metric]]]))
  }
  const days = await audienceDays(deps, actor, frame.period, filter.videoIds)
  if (breakdown === 'media-type') return new Map([['video', seriesOf(days, metric, query, filter, frame).reduce((sum, { value }) => sum + value, 0)]])
  const dimension = BREAKDOWNS[breakdown]
  if (metric !== 'play' || (filter.by && filter.by.dimension !== dimension)) throw planned('Plays alone are told apart by where and with what they were watched, by one of these at a time.')
  const plays = playsBy(dimension, mergeRollups(days.map(({ rollup }) => rollup)))
  return filter.by ? new Map([...plays].filter(([name]) => filter.by?.values.includes(name))) : plays
}

/** Plays since a video is there; of the account, of the videos it has. */
async function playsEver(deps: Deps, actor: Actor, { videoIds, by }: DataFilter): Promise<number> {
  if (by) throw refuse('filterBy', 'Plays in all are filtered by mediaId and mediaType alone.')
  if (videoIds === null) return (await accountStats(deps, actor)).views
  const viewsOf = (id: string) => videoUsage(deps, actor, id, { from: 0, to: 0 }, 'day').then(({ video }) => video.views, unlessMissing)
  const found = await Promise.all(videoIds.map(viewsOf))
  return found.reduce((sum, views) => sum + views, 0)
}

/** A video that is not there has no plays. */
function unlessMissing(error: unknown): number {
  if (error instanceof Fault && error.code === 'not_found') return 0
  throw error
}
