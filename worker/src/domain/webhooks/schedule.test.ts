import { expect, test } from 'vitest'
import { FAILING_TOO_LONG_MS, retryAfterMs, waitAfter } from './schedule.ts'

test('nine waits of growing length, about 75 hours in all, then no more', () => {
  const waits = Array.from({ length: 10 }, (_, at) => waitAfter(at + 1, null, 0.5))
  expect(waits.slice(0, 3)).toEqual([5_000, 300_000, 1_800_000])
  expect(waits.at(-1)).toBeNull()
  const hours = waits.reduce<number>((sum, wait) => sum + (wait ?? 0), 0) / 3_600_000
  expect(hours).toBeGreaterThan(72)
  expect(hours).toBeLessThan(78)
})

test('an endpoint may fail for five days, and waits in the middle are hours', () => {
  expect(FAILING_TOO_LONG_MS).toBe(432_000_000)
  expect([4, 5, 6, 7, 8, 9].map((tries) => waitAfter(tries, null, 0.5))).toEqual([2, 5, 10, 14, 20, 24].map((hours) => hours * 3_600_000))
})

test('jitter stays within a tenth', () => {
  expect([waitAfter(2, null, 0), waitAfter(2, null, 0.999999)]).toEqual([270_000, 330_000])
})

test.each([
  ['120', 120_000],
  [' 7 ', 7_000],
  ['Thu, 01 Jan 1970 00:02:00 GMT', 60_000],
  ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
  ['soon', null],
  ['120 s', null],
  [null, null],
  ['-5', null],
])('W07: Retry-After %j is %j ms', (text, ms) => {
  expect(retryAfterMs(text, 60_000)).toBe(ms)
})

test('W07: a receiver’s wish for patience is kept, up to a day', () => {
  expect(waitAfter(1, 120_000, 0.5)).toBe(120_000)
  expect(waitAfter(1, 1e12, 0.5)).toBe(24 * 3_600_000)
})
