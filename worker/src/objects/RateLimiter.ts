import { DurableObject } from 'cloudflare:workers'
import { countCall } from '../domain/limits/slidingLog.ts'
import type { RateVerdict } from '../domain/platform.ts'

/** A stored stretch of a log: a sixtieth of its window. Slots are used again in turn, so nothing is ever deleted. */
interface Slot {
  name: string
  number: number
  at: number[]
}
const SLOTS = 60
/** Objects nobody has asked for longer than any window forget all: addresses of attackers would pile up. */
const IDLE_MS = 3_600_000
/** Calls are stored together, so that a busy account is not a write for each; no object with a timer is evicted. What a crash forgets is at most this. */
const GATHER_MS = 100

/** One object per owner of budgets (an account, an address): sliding logs, exact for any window. They are stored, so an eviction does not forget them. */
export class RateLimiter extends DurableObject {
  private readonly logs = new Map<string, number[]>()
  /** Budgets with calls not stored yet: the first of them, and the length of a slot. */
  private readonly unstored = new Map<string, { since: number; slotMs: number }>()
  private lastAt = 0
  private armed = false

  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env as never)
    ctx.blockConcurrencyWhile(async () => {
      const slots = await ctx.storage.list<Slot>()
      for (const { name, at } of slots.values()) this.logs.set(name, [...(this.logs.get(name) ?? []), ...at])
      for (const log of this.logs.values()) log.sort((a, b) => a - b)
      this.lastAt = Math.max(0, ...[...this.logs.values()].map((log) => log.at(-1) ?? 0))
      this.armed = (await ctx.storage.getAlarm()) !== null
    })
  }

  take(name: string, limit: number, windowSeconds: number): RateVerdict {
    const log = this.logs.get(name) ?? []
    this.logs.set(name, log)
    const windowMs = windowSeconds * 1000
    const verdict = countCall(log, Date.now(), limit, windowMs)
    if (verdict.allowed) this.gather(name, log.at(-1) as number, windowMs / SLOTS)
    return verdict
  }

  private gather(name: string, at: number, slotMs: number): void {
    this.lastAt = Math.max(this.lastAt, at)
    if (this.unstored.size === 0) setTimeout(() => this.store(), GATHER_MS)
    if (!this.unstored.has(name)) this.unstored.set(name, { since: at, slotMs })
  }

  /** Stores the slots that have grown. Unconfirmed: no answer waits for the disk. */
  private store(): void {
    for (const [name, { since, slotMs }] of this.unstored) {
      const log = this.logs.get(name) ?? []
      for (let number = Math.floor(since / slotMs); number * slotMs <= (log.at(-1) ?? 0); number++) {
        const slot: Slot = { name, number, at: log.filter((at) => Math.floor(at / slotMs) === number) }
        // One more than a window has: the oldest may still count in part.
        void this.ctx.storage.put(`${name} ${number % (SLOTS + 1)}`, slot, { allowUnconfirmed: true })
      }
    }
    this.unstored.clear()
    if (this.armed) return
    this.armed = true
    void this.ctx.storage.setAlarm(this.lastAt + IDLE_MS, { allowUnconfirmed: true })
  }

  override async alarm(): Promise<void> {
    if (this.lastAt > Date.now() - IDLE_MS) return this.ctx.storage.setAlarm(this.lastAt + IDLE_MS)
    this.logs.clear()
    this.armed = false
    await this.ctx.storage.deleteAll()
  }
}
