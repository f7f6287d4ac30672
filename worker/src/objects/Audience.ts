import type { ViewingEvent } from '@avocet/shared/beacon'
import { type Id, makeId, timeOfId, type VideoId } from '@avocet/shared/ids'
import type { Listing, Slice } from '@avocet/shared/page'
import { DurableObject } from 'cloudflare:workers'
import { mergeEvents, watchedIn } from '../domain/analytics/events.ts'
import { playbackFacts } from '../domain/analytics/facts.ts'
import type { PlaySession, SessionAbout, SessionEvent, SessionQuery } from '../domain/analytics/playSession.ts'
import { addViewing, emptyRollup, type Rollup } from '../domain/analytics/rollup.ts'
import { type Stretches, union } from '../domain/analytics/stretches.ts'
import { advance, completionOf, NO_VIEWING, type PlaybackFacts, type PlaybackReport, type Viewing } from '../domain/analytics/viewing.ts'
import { tellThresholds } from '../domain/webhooks/tellThresholds.ts'
import { DAY_MS, type Day, type ViewerProgress } from '../domain/usage.ts'
import { makeDeps } from '../deps.ts'
import { type Env, readConfig } from '../env.ts'

/** D1 gets a video's numbers so long after they change; and at most every so often (`usageFlushSeconds`). */
const FIRST_FLUSH_MS = 5_000
/** How long viewings are kept, and how many of those that are over: nobody goes on with one that began two days ago. */
const KEPT_MS = 30 * DAY_MS
const OVER_AFTER_MS = 2 * DAY_MS
const MOST_OVER = 10_000
const SWEEP_EVERY_MS = DAY_MS

interface Kept extends Viewing {
  /** The day it counts to, and the hour it began. */
  day: Day
  hour: number
  eventsAlone: boolean
}

/**
 * One for each video: knows its viewings one by one, so what is told twice counts once, and writes what they add up to into D1, whole, as
 * one row a day. One thread counts, however many beacons come at once; all is stored before the queue is told that it arrived.
 * Ids of viewings sort by when they were opened.
 */
export class Audience extends DurableObject<Env> {
  private readonly facts = new Map<string, PlaybackFacts>()

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.run('CREATE TABLE IF NOT EXISTS viewings (id TEXT PRIMARY KEY, state TEXT NOT NULL, about TEXT NOT NULL, events TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID')
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
    if (this.ctx.storage.kv.get('video') !== videoId) this.ctx.storage.kv.put('video', videoId)
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

  /** Viewings by when they began, the newest first. */
  sessions({ from, to, metadata }: SessionQuery, { offset, limit }: Slice): Listing<PlaySession> {
    const has = ` AND EXISTS (SELECT 1 FROM json_each(about, '$.metadata') WHERE value ->> 'key' = ? AND value ->> 'value' = ?)`
    const where = `id >= ? AND id < ?${has.repeat(metadata.length)}`
    const values = [firstIdAt(from), firstIdAt(to), ...metadata.flatMap(({ key, value }) => [key, value])]
    const rows = this.run(`SELECT id, state, about, at FROM viewings WHERE ${where} ORDER BY id DESC LIMIT ? OFFSET ?`, ...values, limit, offset)
    const items = rows.map(({ id, state, about, at }): PlaySession => {
      const { playedSeconds } = JSON.parse(String(state)) as Kept
      return { id: id as Id<'session'>, startedAt: timeOfId(String(id)), endedAt: Number(at), playedSeconds, ...(JSON.parse(String(about)) as SessionAbout) }
    })
    return { items, total: Number(this.run(`SELECT count(*) AS total FROM viewings WHERE ${where}`, ...values)[0]?.total) }
  }

  sessionEvents(id: Id<'session'>): SessionEvent[] | null {
    const row = this.run('SELECT events FROM viewings WHERE id = ?', id)[0]
    if (!row) return null
    return (JSON.parse(String(row.events)) as ViewingEvent[]).map(([kind, ms, position, to]) => ({ kind, at: timeOfId(id) + ms, position, to: to ?? null }))
  }

  async forget(): Promise<void> {
    await this.ctx.storage.deleteAlarm()
    for (const table of ['viewings', 'viewers', 'days']) this.run(`DELETE FROM ${table}`)
    for (const [key] of this.ctx.storage.kv.list()) this.ctx.storage.kv.delete(key)
  }

  /** Writes what changed into D1. When that fails the alarm comes again. */
  override async alarm(): Promise<void> {
    const videoId = this.ctx.storage.kv.get<VideoId>('video')
    const changed = this.run('SELECT day, rollup, version FROM days WHERE version > flushed')
    if (videoId && changed.length > 0) {
      const deps = makeDeps(this.env, this.ctx, null)
      const days = changed.map(({ day, rollup, version }) => ({ videoId, day: Number(day), version: Number(version), rollup: JSON.parse(String(rollup)) as Rollup }))
      await deps.commit(days.map((day) => deps.usage.put(day)))
      await tellThresholds(deps, videoId)
      for (const { day, version } of days) this.run('UPDATE days SET flushed = ? WHERE day = ?', version, day)
      this.ctx.storage.kv.put('flushedAt', Date.now())
    }
    this.sweep(Date.now())
    const unfinished = this.run('SELECT 1 FROM days WHERE version > flushed').length > 0
    const open = this.run('SELECT 1 FROM viewings LIMIT 1').length > 0
    if (unfinished) await this.flushSoon()
    else if (open) await this.ctx.storage.setAlarm(Date.now() + SWEEP_EVERY_MS)
  }

  private count(report: PlaybackReport, days: Map<Day, Rollup>): void {
    const { sessionId, at, eventsAlone } = report
    const facts = this.facts.get(report.encodeId)
    // What was swept away is not begun anew.
    if (!facts || sessionId <= (this.ctx.storage.kv.get<string>('sweptTo') ?? '')) return
    const stored = this.run('SELECT state, events FROM viewings WHERE id = ?', sessionId)[0]
    const begun = { ...NO_VIEWING, day: Math.floor(at / DAY_MS), hour: Math.floor((at % DAY_MS) / 3_600_000), eventsAlone }
    // What was kept by an earlier version may lack members.
    const before = stored ? { ...begun, ...(JSON.parse(String(stored.state)) as Kept) } : begun
    if (before.eventsAlone !== eventsAlone) return
    const elapsedMs = at - timeOfId(sessionId)
    const known = stored ? String(stored.events) : '[]'
    const events = mergeEvents(JSON.parse(known) as ViewingEvent[], eventsUntil(report.beacon.events, elapsedMs, facts))
    const told = watchedIn(events)
    const beacon = { ...report.beacon, events, ...(eventsAlone ? { watched: told.watched, played: told.playedSeconds } : {}) }
    const after = advance(before, beacon, facts, elapsedMs)
    if (!after) return
    const grown = JSON.stringify({ ...before, ...after }) !== JSON.stringify(before)
    if (grown) {
      const rollup = days.get(before.day) ?? this.rollupOf(before.day)
      days.set(before.day, rollup)
      addViewing(rollup, before, after, facts, report, before.hour)
    } else if (JSON.stringify(events) === known) return
    this.run(
      `INSERT INTO viewings (id, state, about, events, at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET state = excluded.state, events = excluded.events, at = max(at, excluded.at)`,
      sessionId,
      JSON.stringify({ ...before, ...after }),
      JSON.stringify(aboutOf(report)),
      JSON.stringify(events),
      at,
    )
    if (report.viewerId !== null && after.viewed) this.remember(report.viewerId, before, after, facts, at)
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

  /** Viewings older than a month go, and of those that are over all but the newest; days, once none of their viewings is left. */
  private sweep(now: number): void {
    if (now - (this.ctx.storage.kv.get<number>('sweptAt') ?? 0) < SWEEP_EVERY_MS) return
    const over = firstIdAt(now - OVER_AFTER_MS)
    const surplus = this.run('SELECT id FROM viewings WHERE id < ? ORDER BY id DESC LIMIT 1 OFFSET ?', over, MOST_OVER)[0]?.id
    const last = [firstIdAt(now - KEPT_MS), String(surplus ?? '')].sort().at(-1) as string
    this.run('DELETE FROM viewings WHERE id <= ?', last)
    this.run('DELETE FROM days WHERE version = flushed AND day < ?', Math.floor((now - KEPT_MS) / DAY_MS) - 1)
    this.ctx.storage.kv.put('sweptTo', last)
    this.ctx.storage.kv.put('sweptAt', now)
  }

  private rollupOf(day: Day): Rollup {
    const stored = this.run('SELECT rollup FROM days WHERE day = ?', day)[0]
    return { ...emptyRollup(), ...(stored ? (JSON.parse(String(stored.rollup)) as Rollup) : {}) }
  }

  private async flushSoon(): Promise<void> {
    const flushedAt = this.ctx.storage.kv.get<number>('flushedAt') ?? 0
    const due = Math.max(Date.now() + FIRST_FLUSH_MS, flushedAt + readConfig(this.env, null).usageFlushSeconds * 1_000)
    const alarm = await this.ctx.storage.getAlarm()
    if (alarm === null || alarm > due) await this.ctx.storage.setAlarm(due)
  }

  private run(text: string, ...values: (string | number)[]): Record<string, SqlStorageValue>[] {
    return this.ctx.storage.sql.exec(text, ...values).toArray()
  }
}

/** The least id a viewing opened at `at` (ms) may have. */
const firstIdAt = (at: number) => makeId('session', Math.max(0, Math.min(at, 2 ** 47)), new Uint8Array(10))

/** Events that can have happened, within the video. */
function eventsUntil(events: readonly ViewingEvent[], elapsedMs: number, { durationSeconds }: PlaybackFacts): ViewingEvent[] {
  const inside = (second: number) => Math.min(second, durationSeconds)
  return events
    .filter(([, ms]) => ms <= elapsedMs + 5_000)
    .map((event) => (event.length === 4 ? [event[0], event[1], inside(event[2]), inside(event[3])] : [event[0], event[1], inside(event[2])]))
}

function aboutOf({ viewerId, country, device, client, beacon }: PlaybackReport): SessionAbout {
  return { viewerId, referrer: beacon.referrer || null, country, device, os: client.os, browser: client.browser, metadata: beacon.metadata.map(([key, value]) => ({ key, value })) }
}
