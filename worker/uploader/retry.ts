/** When a failed request is sent again. Pure. */

const FIRST_MS = 1_000
const LONGEST_MS = 30_000
/** Failures in a row, nothing having gone through in between, after which an upload stops and says so: about two minutes. */
export const MOST_FAILURES = 10

/** Milliseconds before the next try: full jitter under a doubling ceiling, and at least what the server asked for. `random` is in [0, 1). */
export function retryWait(failures: number, retryAfterSeconds: number, random: number): number {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, failures - 1))
  return Math.max(retryAfterSeconds * 1_000, Math.round(ceiling * random))
}

/** Whether the same request may succeed later (RFC 9110 section 15, RFC 6585). No answer at all is status 0. */
export function mayPass(status: number, code: string): boolean {
  return status === 0 || status >= 500 || status === 408 || status === 429 || code === 'upload_completing' || code === 'idempotency_in_progress' || code === 'digest_mismatch'
}
