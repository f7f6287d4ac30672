import { expect, test } from 'vitest'
import { speedometer } from './speed.ts'

test('speed is that of the last seconds, falls when nothing moves, and is not told too early', () => {
  const speed = speedometer()
  speed.note(0, 0)
  expect(speed.bytesPerSecond(0)).toBeNull()
  for (let at = 1_000; at <= 20_000; at += 1_000) speed.note(at < 10_000 ? at : at * 10, at)
  expect(speed.bytesPerSecond(20_000)).toBeGreaterThan(9_000)
  expect(speed.bytesPerSecond(40_000)).toBeLessThan(4_000)
  speed.note(5, 41_000)
  expect(speed.bytesPerSecond(41_000)).toBeNull()
})
