import { DurableObject } from 'cloudflare:workers'
import type { RateClass, RateVerdict } from '../domain/platform.ts'

/** Calls a minute for each class (contract, "Rate limits"). */
const LIMITS: Record<RateClass, number> = { read: 300, write: 60, upload: 60, stats: 60 }
const WINDOW_MS = 60_000

type Log = Record<RateClass, number[]>

/** One object per credential: a sliding log, exact for any 60 s. Its log is stored, so an eviction does not forget it. */
export class RateLimiter extends DurableObject {
  private log: Log = { read: [], write: [], upload: [], stats: [] }

  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env as never)
    ctx.blockConcurrencyWhile(async () => {
      this.log = (await ctx.storage.get<Log>('log')) ?? this.log
    })
  }

  take(rateClass: RateClass): RateVerdict {
    const now = Date.now()
    const limit = LIMITS[rateClass]
    const calls = this.log[rateClass]
    while (calls.length > 0 && calls[0]! <= now - WINDOW_MS) calls.shift()
    const allowed = calls.length < limit
    if (allowed) {
      calls.push(now)
      // Unconfirmed: the answer need not wait for the disk; an eviction flushes it.
      void this.ctx.storage.put('log', this.log, { allowUnconfirmed: true })
    }
    return { allowed, limit, remaining: limit - calls.length, resetSeconds: calls.length > 0 ? Math.ceil((calls[0]! + WINDOW_MS - now) / 1000) : 0 }
  }
}
