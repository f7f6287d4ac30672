import { expect, test } from 'vitest'
import type { EncodePlan } from './encode.ts'
import { waitsForRemux } from './remux.ts'

const plan = (remux: boolean) => ({ frameRate: { num: 30000, den: 1001 }, source: { remux } }) as EncodePlan
const at = (seconds: number) => ({ index: 1, startFrame: Math.ceil((seconds * 30000) / 1001), endFrame: null })

test('the first minute of a source without an index is encoded at once, the rest when its copy is there', () => {
  expect([0, 28, 59].map((second) => waitsForRemux(plan(true), at(second)))).toEqual([false, false, false])
  expect([60, 3600].map((second) => waitsForRemux(plan(true), at(second)))).toEqual([true, true])
  expect(waitsForRemux(plan(false), at(3600))).toBe(false)
})
