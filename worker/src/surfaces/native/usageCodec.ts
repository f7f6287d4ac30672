/** Spelling of usage: minutes to the hundredth, shares from 0 to 1. */
import { z } from 'zod'
import type { Counted, Period } from '../../domain/analytics/period.ts'
import { isoDay } from '../../domain/analytics/period.ts'
import { LASTING, type Rollup, STARTUP_BOUNDS } from '../../domain/analytics/rollup.ts'
import { countUniques } from '../../domain/analytics/uniques.ts'
import { Iso, iso } from './codec.ts'

const count = z.number().int().nonnegative()
const share = z.number().min(0).max(1)

/** `from` and `to` are days in UTC, both counted in. */
export const PeriodQuery = z.strictObject({ from: z.iso.date().optional(), to: z.iso.date().optional(), bucket: z.enum(['hour', 'day', 'month']).default('day') })

/** Columns of each table a CSV may hold. */
const COLUMNS = {
  series: ['at', 'views', 'minutes_watched', 'egress_bytes'],
  countries: ['country', 'views'],
  devices: ['device', 'views'],
  systems: ['os', 'views'],
  browsers: ['browser', 'views'],
  errors: ['code', 'count'],
  renditions: ['height', 'share'],
} as const
type Table = keyof typeof COLUMNS
export const CsvQuery = PeriodQuery.extend({ table: z.enum(Object.keys(COLUMNS) as [Table, ...Table[]]).default('series').describe('`bucket` is of the series alone') })

const Series = z.array(z.object({ at: Iso, views: count, minutes_watched: z.number(), egress_bytes: count }))
/** Numbers of an account in a period. */
export const AccountUsage = z.object({
  from: z.iso.date(),
  to: z.iso.date(),
  views: count,
  starts: count.describe('Viewings in which playing began, however short'),
  ends: count.describe('Times playing came to the end of a video'),
  lasting: z.array(z.object({ seconds: count, viewings: count })).describe('Viewings that played for so long'),
  minutes_watched: z.number(),
  egress_bytes: count.describe('What was played, at the measured rate of the rendition it was played in'),
  average_completion: share.nullable(),
  completions: z.array(count).describe('Views by tenths of the video watched; the last is all of it'),
  countries: z.array(z.object({ country: z.string(), views: count })),
  devices: z.array(z.object({ device: z.string(), views: count })),
  systems: z.array(z.object({ os: z.string(), views: count })),
  browsers: z.array(z.object({ browser: z.string(), views: count })),
  quality: z.object({
    startup_ms: z.object({ p50: count.nullable(), p95: count.nullable() }).describe('Upper bounds of the histogram’s bins'),
    rebuffer_ratio: share.nullable().describe('Time stood still, of time played and stood still'),
    stalls: count,
    errors: z.array(z.object({ code: z.string(), count })),
    renditions: z.array(z.object({ height: count, share })),
  }),
  series: Series,
})
/** Those of a video. Viewers are told apart within a video alone, so an account has no number of them. */
export const Usage = AccountUsage.extend({
  unique_viewers: count.describe('Exact up to 1,024; above, within about 3 %'),
  heat: z.array(count).describe('Views that watched each hundredth of the video'),
})

export function encodeUsage(period: Period, total: Rollup, series: readonly Counted[]): z.infer<typeof Usage> {
  return { ...encodeAccountUsage(period, total, series), unique_viewers: countUniques(total.viewers), heat: total.heat }
}

export function encodeAccountUsage(period: Period, total: Rollup, series: readonly Counted[]): z.infer<typeof AccountUsage> {
  const views = total.completions.reduce((sum, bin) => sum + bin, 0)
  const played = Object.values(total.renditions).reduce((sum, seconds) => sum + seconds, 0)
  const stood = total.stalledMs / 1000
  return {
    from: isoDay(period.from),
    to: isoDay(period.to),
    views: total.views,
    starts: total.starts,
    ends: total.ends,
    lasting: LASTING.map((seconds) => ({ seconds, viewings: total.lasting[seconds] ?? 0 })),
    minutes_watched: minutes(total.playedSeconds),
    egress_bytes: total.bytes,
    // A bin's middle stands for it, but for the last, which is exact.
    average_completion: views > 0 ? round(total.completions.reduce((sum, bin, at) => sum + bin * (at < 10 ? at / 10 + 0.05 : 1), 0) / views) : null,
    completions: total.completions,
    countries: ranked(total.countries).map(([country, views]) => ({ country, views })),
    devices: ranked(total.devices).map(([device, views]) => ({ device, views })),
    systems: ranked(total.systems).map(([os, views]) => ({ os, views })),
    browsers: ranked(total.browsers).map(([browser, views]) => ({ browser, views })),
    quality: {
      startup_ms: { p50: percentile(total.startups, 0.5), p95: percentile(total.startups, 0.95) },
      rebuffer_ratio: total.playedSeconds + stood > 0 ? round(stood / (total.playedSeconds + stood)) : null,
      stalls: total.stalls,
      errors: ranked(total.errors).map(([code, count]) => ({ code, count })),
      renditions: ranked(total.renditions)
        .map(([height, seconds]) => ({ height: Number(height), share: played > 0 ? round(seconds / played) : 0 }))
        .filter(({ height }) => Number.isInteger(height)),
    },
    series: series.map(({ at, views, playedSeconds, bytes }) => ({ at: iso(at), views, minutes_watched: minutes(playedSeconds), egress_bytes: bytes })),
  }
}

/** RFC 4180, no name of anything needs quotes: players name errors by letters and digits alone, and the rest is ours. */
export function csvOf(usage: z.infer<typeof AccountUsage>, table: Table, name: string): Response {
  const rows: Record<string, string | number>[] = table === 'errors' || table === 'renditions' ? usage.quality[table] : usage[table]
  const lines = [COLUMNS[table].join(','), ...rows.map((row) => COLUMNS[table].map((column) => row[column]).join(','))]
  const headers = { 'Content-Type': 'text/csv; charset=utf-8', 'Content-Disposition': `attachment; filename="${name}${table === 'series' ? '' : `-${table}`}.csv"` }
  return new Response(lines.map((line) => `${line}\r\n`).join(''), { headers })
}

export const minutes = (seconds: number) => Math.round((seconds / 60) * 100) / 100
const round = (value: number) => Math.round(value * 10_000) / 10_000
const ranked = (counts: Record<string, number>) => Object.entries(counts).sort(([name, a], [other, b]) => b - a || (name < other ? -1 : 1))

function percentile(bins: readonly number[], share: number): number | null {
  const all = bins.reduce((sum, bin) => sum + bin, 0)
  let seen = 0
  for (const [at, bin] of bins.entries()) {
    seen += bin
    if (all > 0 && seen >= share * all) return STARTUP_BOUNDS[at] ?? (STARTUP_BOUNDS.at(-1) as number)
  }
  return null
}
