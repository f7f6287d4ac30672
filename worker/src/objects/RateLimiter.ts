import { DurableObject } from 'cloudflare:workers'
import { countCall } from '../domain/limits/slidingLog.ts'
import type { RateVerdict } from '../domain/platform.ts'

/** A stored stretch of a log: a sixtieth of its window. Slots are used again in turn, so a call costs one written row and nothing is ever deleted. */
interface Slot {
  name: string
  number: number
  at: number[]
}
const SLOTS = 60
/** Objects nobody has asked for longer than any window forget all: addresses of attackers would pile up. */
const IDLE_MS = 3_600_000

/** One object per owner of budgets (an account, an address): sliding logs, exact for any window. They are stored, so an eviction does not forget them. */
export class RateLimiter extends DurableObject {
  private readonly logs = new Map<string, number[]>()
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
    if (verdict.allowed) this.keep(name, log, windowMs / SLOTS)
    return verdict
  }

  /** Stores the slot of the newest call. Unconfirmed: the answer need not wait for the disk, and an eviction flushes it. */
  private keep(name: string, log: readonly number[], slotMs: number): void {
    this.lastAt = log.at(-1) as number
    const number = Math.floor(this.lastAt / slotMs)
    let first = log.length - 1
    while (first > 0 && (log[first - 1] as number) >= number * slotMs) first -= 1
    const slot: Slot = { name, number, at: log.slice(first) }
    // One more than a window has: the oldest may still count in part.
    void this.ctx.storage.put(`${name} ${number % (SLOTS + 1)}`, slot, { allowUnconfirmed: true })
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
