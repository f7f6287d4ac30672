import { and, asc, between, eq, sql } from 'drizzle-orm'
import { emptyRollup, type Rollup } from '../../domain/analytics/rollup.ts'
import type { UsageStore } from '../../domain/usage.ts'
import { videos } from './schema.ts'
import { type AccountDayData, usageAccounts, usageDays } from './schemaOfUsage.ts'
import { type Db, write } from './write.ts'

export function usageStore(db: Db): UsageStore {
  return {
    put({ videoId, day, version, rollup }) {
      const { views, playedSeconds, bytes } = rollup
      const value = <T>(of: T, name: string) => sql<T>`${of}`.as(name)
      // Selected from the video: one that is gone gets no row.
      const row = db
        .select({
          videoId: videos.id,
          day: value(day, 'day'),
          accountId: videos.accountId,
          views: value(views, 'new_views'),
          playedSeconds: value(playedSeconds, 'played_seconds'),
          bytes: value(bytes, 'bytes'),
          version: value(version, 'new_version'),
          data: sql<Rollup>`${JSON.stringify(rollup)}`.as('data'),
        })
        .from(videos)
        .where(eq(videos.id, videoId))
      const replaced = { views: sql`excluded.views`, playedSeconds: sql`excluded.played_seconds`, bytes: sql`excluded.bytes`, version: sql`excluded.version`, data: sql`excluded.data` }
      return write(
        db
          .insert(usageDays)
          .select(row)
          .onConflictDoUpdate({ target: [usageDays.videoId, usageDays.day], set: replaced, setWhere: sql`excluded.version > ${usageDays.version}` }),
      )
    },
    async ofVideo(accountId, videoId, from, to) {
      const rows = await db
        .select({ day: usageDays.day, rollup: usageDays.data })
        .from(usageDays)
        .where(and(eq(usageDays.videoId, videoId), eq(usageDays.accountId, accountId), between(usageDays.day, from, to)))
        .orderBy(asc(usageDays.day))
      return rows.map(({ day, rollup }) => ({ day, rollup: { ...emptyRollup(), ...rollup } }))
    },
    byVideo(accountId, from, to, limit) {
      const sumOf = (path: string) => sql<number>`coalesce(sum(json_extract(${usageDays.data}, ${path})), 0)`
      return db
        .select({ videoId: usageDays.videoId, views: sql<number>`sum(${usageDays.views})`, playedSeconds: sql<number>`sum(${usageDays.playedSeconds})`, starts: sumOf('$.starts'), ends: sumOf('$.ends') })
        .from(usageDays)
        .where(and(eq(usageDays.accountId, accountId), between(usageDays.day, from, to)))
        .groupBy(usageDays.videoId)
        .orderBy(sql`2 DESC`, usageDays.videoId)
        .limit(limit)
    },
    async ofAccount(accountId, from, to) {
      const wanted = and(eq(usageAccounts.accountId, accountId), between(usageAccounts.day, from, to))
      const rows = await db.select().from(usageAccounts).where(wanted).orderBy(asc(usageAccounts.day))
      return rows.map(({ day, data, views, playedSeconds, bytes }) => ({ day, rollup: { ...rollupOf(data), views, playedSeconds, bytes } }))
    },
  }
}

/** An account's day in the form of a video's. Viewers and the heat map are of one video, and stay empty. */
function rollupOf({ stillness = {}, hourViews = {}, hourSeconds = {}, completions = {}, startups = {}, ...named }: AccountDayData): Rollup {
  const empty = emptyRollup()
  const binned = (bins: readonly number[], counted: Record<string, number>) => bins.map((_, at) => counted[at] ?? 0)
  return {
    ...empty,
    ...named,
    starts: stillness.starts ?? 0,
    ends: stillness.ends ?? 0,
    stalls: stillness.stalls ?? 0,
    stalledMs: stillness.stalledMs ?? 0,
    completions: binned(empty.completions, completions),
    startups: binned(empty.startups, startups),
    hours: Object.keys({ ...hourViews, ...hourSeconds }).map((hour) => [Number(hour), hourViews[hour] ?? 0, hourSeconds[hour] ?? 0]),
  }
}
