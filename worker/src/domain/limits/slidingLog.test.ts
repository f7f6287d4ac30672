import fc from 'fast-check'
import { expect, test } from 'vitest'
import { countCall } from './slidingLog.ts'

const steps = fc.array(fc.integer({ min: 0, max: 40_000 }), { minLength: 1, maxLength: 80 })

test('no 60 s, wherever they begin, hold more calls than the limit, and none is refused while there is room', () => {
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 9 }), (gaps, limit) => {
      const log: number[] = []
      const counted: number[] = []
      let now = 1_700_000_000_000
      for (const gap of gaps) {
        now += gap
        const within = counted.filter((at) => at > now - 60_000).length
        const { allowed, remaining } = countCall(log, now, limit, 60_000)
        expect(allowed).toBe(within < limit)
        if (allowed) counted.push(now)
        expect(remaining).toBe(limit - within - (allowed ? 1 : 0))
      }
    }),
  )
})

test('after resetSeconds a refused call is let in, and a second earlier it was not', () => {
  const log: number[] = []
  for (const at of [0, 10_000, 20_000]) countCall(log, at, 3, 60_000)
  const refused = countCall(log, 30_000, 3, 60_000)
  expect([refused.allowed, refused.resetSeconds]).toEqual([false, 30])
  expect(countCall([...log], 59_000, 3, 60_000).allowed).toBe(false)
  expect(countCall(log, 60_000, 3, 60_000).allowed).toBe(true)
})

test('a limit lowered meanwhile holds at once, and says when there is room', () => {
  const log = [0, 1_000, 2_000, 3_000]
  expect(countCall(log, 4_000, 2, 60_000)).toEqual({ allowed: false, limit: 2, remaining: 0, resetSeconds: 58 })
  expect(countCall(log, 62_000, 2, 60_000).allowed).toBe(true)
})

test('a limit of none refuses, and a clock set back lets nobody in', () => {
  expect(countCall([], 0, 0, 60_000).allowed).toBe(false)
  const log = [100_000]
  expect(countCall(log, 10_000, 1, 60_000).allowed).toBe(false)
})
