/** When a delivery is tried again, and when one is given up. Pure; the schedule is the one Standard Webhooks recommends, about 75 hours. */

const [SECOND, MINUTE, HOUR] = [1_000, 60_000, 3_600_000]
const WAITS = [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR]
const JITTER = 0.1
/** A receiver may ask for patience, but not for ever. */
const LONGEST_WAIT = 24 * HOUR
/** An endpoint that answered nothing well for this long is switched off. */
export const FAILING_TOO_LONG_MS = 5 * 24 * HOUR

/** Milliseconds until the next try after so many; null: no more. `random` is in [0, 1). */
export function waitAfter(tries: number, retryAfterMs: number | null, random: number): number | null {
  const wait = WAITS[tries - 1]
  if (wait === undefined) return null
  const jittered = wait * (1 - JITTER + 2 * JITTER * random)
  return Math.round(Math.max(jittered, Math.min(retryAfterMs ?? 0, LONGEST_WAIT)))
}

/** Retry-After in milliseconds (RFC 9110 section 10.2.3: seconds or a date); null when it is neither. */
export function retryAfterMs(text: string | null, now: number): number | null {
  if (text === null) return null
  if (/^\d{1,15}$/.test(text.trim())) return Number(text) * 1000
  // What is no date to the standard may be one to Date.parse: "-5" is a year.
  const at = /[a-z]/i.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(at) ? null : Math.max(0, at - now)
}
