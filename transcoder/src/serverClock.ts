/**
 * The time as others tell it, carried on by our monotonic clock: right on a host whose own clock is wrong, and on one whose clock is set
 * while a job runs.
 */
export interface ToldClock {
  /** Somebody says that it is `unixMs` now. NaN is not heard. */
  tell(unixMs: number): void
  /** How far the told time is ahead of this host's clock, in milliseconds; null until somebody has told. */
  aheadMs(): number | null
}

export function toldClock(): ToldClock {
  let told: { unixMs: number; at: number } | null = null
  return {
    tell(unixMs) {
      if (!Number.isNaN(unixMs)) told = { unixMs, at: performance.now() }
    },
    aheadMs: () => (told ? Math.round(told.unixMs + performance.now() - told.at - Date.now()) : null),
  }
}

/** The server's, from the `Date` of its answers (RFC 9110 section 6.6.1: whole seconds). */
export const serverClock: ToldClock = toldClock()
