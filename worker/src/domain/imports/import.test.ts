import { expect, test } from 'vitest'
import { importWait, MOST_TRIES } from './import.ts'

test('tries are spread over hours with full jitter, never sooner than a second nor later than an hour, but as late as the server asks', () => {
  expect(importWait(1, 0, 0)).toBe(1_000)
  expect(importWait(1, 0, 0.999)).toBeLessThan(6_000)
  expect(importWait(30, 0, 0.999)).toBeLessThanOrEqual(3_601_000)
  expect(importWait(1, 120_000, 0)).toBe(120_000)
  expect(importWait(1, 1e15, 0)).toBe(3_600_000)
  const whole = Array.from({ length: MOST_TRIES }, (_, at) => importWait(at + 1, 0, 0.5)).reduce((sum, wait) => sum + wait)
  expect(whole / 3_600_000).toBeGreaterThan(1.5)
})
