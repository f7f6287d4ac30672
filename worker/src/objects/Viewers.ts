import { DurableObject } from 'cloudflare:workers'

/** A seat is free this long after its last key request. Playing, keys are asked for once a minute of video. */
const SEAT_MS = 90_000

/**
 * One for each viewer or token with a limit: who has a seat, or which viewings have begun. One thread decides, so counts are exact
 * however many ask at once; they are stored, so an eviction does not forget them.
 */
export class Viewers extends DurableObject {
  /** Whether `sessionId` has or can have one of `limit` seats; with `take` it has it from now on. */
  async seat(sessionId: string, limit: number, take: boolean): Promise<boolean> {
    const now = Date.now()
    const seats = await this.seats(now)
    if (!seats.has(sessionId) && seats.size >= limit) return false
    if (take) {
      seats.set(sessionId, now)
      await this.ctx.storage.put('seats', [...seats], { allowUnconfirmed: true })
      if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(now + SEAT_MS)
    }
    return true
  }

  /** Whether `sessionId` is or can be one of the first `limit` viewings; with `take` it is. All is forgotten at `until`. */
  view(sessionId: string, limit: number, take: boolean, until: number | null): boolean {
    const { sql } = this.ctx.storage
    sql.exec('CREATE TABLE IF NOT EXISTS views (session_id TEXT PRIMARY KEY) WITHOUT ROWID')
    if (sql.exec('SELECT 1 FROM views WHERE session_id = ?', sessionId).toArray().length > 0) return true
    const begun = this.ctx.storage.kv.get<number>('begun') ?? 0
    if (begun >= limit) return false
    if (take) {
      sql.exec('INSERT INTO views (session_id) VALUES (?)', sessionId)
      this.ctx.storage.kv.put('begun', begun + 1)
      if (until !== null) void this.ctx.storage.setAlarm(until)
    }
    return true
  }

  /** Forgets what no longer counts; an object nobody uses keeps nothing. */
  override async alarm(): Promise<void> {
    const seats = await this.seats(Date.now())
    if (seats.size === 0) return this.ctx.storage.deleteAll()
    await this.ctx.storage.setAlarm(Math.min(...seats.values()) + SEAT_MS)
  }

  /** Seats held at an instant: when each was last kept. */
  private async seats(now: number): Promise<Map<string, number>> {
    const stored = (await this.ctx.storage.get<[string, number][]>('seats')) ?? []
    return new Map(stored.filter(([, keptAt]) => keptAt > now - SEAT_MS))
  }
}
