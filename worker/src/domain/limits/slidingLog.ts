import type { RateVerdict } from '../platform.ts'

/**
 * Counts one call against a log of earlier ones: `at` holds their instants in ms, oldest first, and is changed in place.
 * Exact: no stretch of `windowMs` ever holds more than `limit` counted calls, and a call is refused only when its stretch is full.
 */
export function countCall(at: number[], now: number, limit: number, windowMs: number): RateVerdict {
  // A clock set back must not let calls leave the log early.
  const instant = Math.max(now, at.at(-1) ?? now)
  const kept = at.findIndex((earlier) => earlier > instant - windowMs)
  at.splice(0, kept < 0 ? at.length : kept)
  const allowed = at.length < limit
  if (allowed) at.push(instant)
  // A limit lowered meanwhile leaves more calls in the log than it allows: room comes when the excess has left.
  const leaves = at[Math.max(0, at.length - limit)] ?? at[0]
  return { allowed, limit, remaining: Math.max(0, limit - at.length), resetSeconds: leaves === undefined ? 0 : Math.ceil((leaves + windowMs - instant) / 1000) }
}
