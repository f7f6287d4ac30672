import { timeOfId, type VideoId } from '@avocet/shared/ids'
import type { Listing, Slice } from '@avocet/shared/page'
import { DurableObject } from 'cloudflare:workers'
import { playbackFacts } from '../domain/analytics/facts.ts'
import { addViewing, emptyRollup, type Rollup } from '../domain/analytics/rollup.ts'
import { type Stretches, union } from '../domain/analytics/stretches.ts'
import { advance, completionOf, NO_VIEWING, type PlaybackFacts, type PlaybackReport, type Viewing } from '../domain/analytics/viewing.ts'
import { DAY_MS, type Day, type ViewerProgress } from '../domain/usage.ts'
import { makeDeps } from '../deps.ts'
import type { Env } from '../env.ts'

/** D1 gets a video's numbers so long after they change, and at most so often. */
const FIRST_FLUSH_MS = 5_000
const FLUSH_EVERY_MS = 60_000
/** A viewing nobody spoke of for so long is over: a playback token may be renewed for a day. */
const OVER_AFTER_MS = 30 * 3_600_000

interface Kept extends Viewing {
  /** The day it counts to, and the hour it began. */
  day: Day
  hour: number
}

/**
 * One for each video: knows its viewings one by one, so what is told twice counts once, and writes what they add up to into D1, whole, as
 * one row a day. One thread counts, however many beacons come at once; all is stored before the queue is told that it arrived.
 */
export class Audience extends DurableObject<Env> {
  private readonly facts = new Map<string, PlaybackFacts>()

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.run('CREATE TABLE IF NOT EXISTS viewings (id TEXT PRIMARY KEY, state TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID')
    this.run('CREATE TABLE IF NOT EXISTS days (day INTEGER PRIMARY KEY, rollup TEXT NOT NULL, version INTEGER NOT NULL, flushed INTEGER NOT NULL DEFAULT 0)')
    this.run(`CREATE TABLE IF NOT EXISTS viewers (id TEXT PRIMARY KEY, stretches TEXT NOT NULL, duration REAL NOT NULL, played REAL NOT NULL,
      views INTEGER NOT NULL, first_at INTEGER NOT NULL, last_at INTEGER NOT NULL) WITHOUT ROWID`)
    this.run('CREATE INDEX IF NOT EXISTS viewers_by_time ON viewers (last_at)')
  }

  async report(videoId: VideoId, reports: readonly PlaybackReport[]): Promise<void> {
    for (const encodeId of new Set(reports.map((report) => report.encodeId))) {
      const known = this.facts.get(encodeId) ?? this.ctx.storage.kv.get<PlaybackFacts>(`facts ${encodeId}`)
      const facts = known ?? (await playbackFacts(makeDeps(this.env, this.ctx, null), encodeId))
      if (!facts) continue
      this.facts.set(encodeId, facts)
      if (!known) this.ctx.storage.kv.put(`facts ${encodeId}`, facts)
    }
    this.ctx.storage.kv.put('video', videoId)
    const days = new Map<Day, Rollup>()
    this.ctx.storage.transactionSync(() => {
      for (const report of reports) this.count(report, days)
      for (const [day, rollup] of days) {
        this.run('INSERT INTO days (day, rollup, version) VALUES (?, ?, 1) ON CONFLICT (day) DO UPDATE SET rollup = excluded.rollup, version = version + 1', day, JSON.stringify(rollup))
      }
    })
    if (days.size > 0) await this.flushSoon()
  }

  /** Named viewers, the latest first. */
  viewers({ offset, limit }: Slice): Listing<ViewerProgress> {
    const rows = this.run('SELECT * FROM viewers ORDER BY last_at DESC, id LIMIT ? OFFSET ?', limit, offset)
    const items = rows.map((row) => ({
      viewerId: String(row.id),
      completion: completionOf({ stretches: JSON.parse(String(row.stretches)) as Stretches }, { durationSeconds: Number(row.duration), rates: {} }),
      playedSeconds: Number(row.played),
      views: Number(row.views),
      firstAt: Number(row.first_at),
      lastAt: Number(row.last_at),
    }))
    return { items, total: Number(this.run('SELECT count(*) AS total FROM viewers')[0]?.total) }
  }

  /** Writes what changed into D1. When that fails the alarm comes again. */
  override async alarm(): Promise<void> {
    const videoId = this.ctx.storage.kv.get<VideoId>('video')
    const changed = this.run('SELECT day, rollup, version FROM days WHERE version > flushed')
    if (videoId && changed.length > 0) {
      const deps = makeDeps(this.env, this.ctx, null)
      const days = changed.map(({ day, rollup, version }) => ({ videoId, day: Number(day), version: Number(version), rollup: JSON.parse(String(rollup)) as Rollup }))
      await deps.commit(days.map((day) => deps.usage.put(day)))
      for (const { day, version } of days) this.run('UPDATE days SET flushed = ? WHERE day = ?', version, day)
      this.ctx.storage.kv.put('flushedAt', Date.now())
    }
    const before = Date.now() - OVER_AFTER_MS
    this.run('DELETE FROM viewings WHERE at < ?', before)
    this.run('DELETE FROM days WHERE version = flushed AND day < ?', Math.floor(before / DAY_MS) - 1)
    const unfinished = this.run('SELECT 1 FROM days WHERE version > flushed').length > 0
    const open = this.run('SELECT 1 FROM viewings LIMIT 1').length > 0
    if (unfinished) await this.flushSoon()
    else if (open) await this.ctx.storage.setAlarm(Date.now() + OVER_AFTER_MS)
  }

  private count(report: PlaybackReport, days: Map<Day, Rollup>): void {
    const facts = this.facts.get(report.encodeId)
    if (!facts) return
    const stored = this.run('SELECT state FROM viewings WHERE id = ?', report.sessionId)[0]
    const before: Kept = stored ? (JSON.parse(String(stored.state)) as Kept) : { ...NO_VIEWING, day: Math.floor(report.at / DAY_MS), hour: Math.floor((report.at % DAY_MS) / 3_600_000) }
    const after = advance(before, report.beacon, facts, report.at - timeOfId(report.sessionId))
    if (!after || JSON.stringify({ ...before, ...after }) === JSON.stringify(before)) return
    const rollup = days.get(before.day) ?? this.rollupOf(before.day)
    days.set(before.day, rollup)
    addViewing(rollup, before, after, facts, report, before.hour)
    this.run('INSERT INTO viewings (id, state, at) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET state = excluded.state, at = excluded.at', report.sessionId, JSON.stringify({ ...before, ...after }), report.at)
    if (report.viewerId !== null && after.viewed) this.remember(report.viewerId, before, after, facts, report.at)
  }

  private remember(viewerId: string, before: Viewing, after: Viewing, facts: PlaybackFacts, at: number): void {
    const known = this.run('SELECT stretches FROM viewers WHERE id = ?', viewerId)[0]
    const stretches = union(known ? (JSON.parse(String(known.stretches)) as Stretches) : [], after.stretches)
    const played = after.playedSeconds - (before.viewed ? before.playedSeconds : 0)
    this.run(
      `INSERT INTO viewers (id, stretches, duration, played, views, first_at, last_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)
       ON CONFLICT (id) DO UPDATE SET stretches = ?2, duration = ?3, played = played + ?4, views = views + ?5, last_at = max(last_at, ?6)`,
      viewerId,
      JSON.stringify(stretches),
      facts.durationSeconds,
      played,
      before.viewed ? 0 : 1,
      at,
    )
  }

  private rollupOf(day: Day): Rollup {
    const stored = this.run('SELECT rollup FROM days WHERE day = ?', day)[0]
    return stored ? (JSON.parse(String(stored.rollup)) as Rollup) : emptyRollup()
  }

  private async flushSoon(): Promise<void> {
    const flushedAt = this.ctx.storage.kv.get<number>('flushedAt') ?? 0
    const due = Math.max(Date.now() + FIRST_FLUSH_MS, flushedAt + FLUSH_EVERY_MS)
    const alarm = await this.ctx.storage.getAlarm()
    if (alarm === null || alarm > due) await this.ctx.storage.setAlarm(due)
  }

  private run(text: string, ...values: (string | number)[]): Record<string, SqlStorageValue>[] {
    return this.ctx.storage.sql.exec(text, ...values).toArray()
  }
}
