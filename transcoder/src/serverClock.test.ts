import { afterEach, expect, test, vi } from 'vitest'
import { toldClock } from './serverClock.ts'

afterEach(() => void vi.useRealTimers())

test('nobody has told: nothing is known; what is no time is not heard', () => {
  const clock = toldClock()
  clock.tell(Number.NaN)
  expect(clock.aheadMs()).toBeNull()
})

test('J19: the told time goes on with the monotonic clock, whatever the host’s own clock is set to', () => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'], now: 1_000_000 })
  const clock = toldClock()
  clock.tell(1_000_000 + 3_600_000)
  expect(clock.aheadMs()).toBe(3_600_000)
  vi.advanceTimersByTime(60_000)
  expect(clock.aheadMs()).toBe(3_600_000)
  vi.setSystemTime(0)
  expect(clock.aheadMs()).toBe(1_000_000 + 3_600_000 + 60_000)
})
