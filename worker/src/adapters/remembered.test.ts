import { expect, test } from 'vitest'
import { Remembered } from './remembered.ts'

test('what was used last stays, within the bound of weights', () => {
  const memory = new Remembered<string, number>(10, (value) => value)
  for (const [key, value] of [['a', 4], ['b', 4]] as const) memory.set(key, value)
  memory.get('a')
  memory.set('c', 5)
  expect(['a', 'b', 'c'].map((key) => memory.get(key))).toEqual([4, undefined, 5])
  memory.set('a', 1)
  memory.set('d', 4)
  expect(['a', 'c', 'd'].map((key) => memory.get(key))).toEqual([1, 5, 4])
})

test('what is heavier than the bound is not kept, and a replaced entry weighs once', () => {
  const memory = new Remembered<string, number>(3, (value) => value)
  memory.set('x', 9)
  expect(memory.get('x')).toBeUndefined()
  for (let round = 0; round < 9; round++) memory.set('y', 2)
  expect(memory.get('y')).toBe(2)
})
