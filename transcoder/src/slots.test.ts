import { expect, test } from 'vitest'
import { slots } from './slots.ts'

const never = new AbortController().signal

test('no more than the slots are held at once; the first to ask is the first to get one', async () => {
  const take = slots(2)
  const order: string[] = []
  const [a] = [await take(never), await take(never)]
  const [third, fourth] = ['third', 'fourth'].map((name) => take(never).then((free) => (order.push(name), free)))
  await Promise.resolve()
  expect(order).toEqual([])
  a!()
  const free = await third
  expect(order).toEqual(['third'])
  // Given back twice is given back once.
  a!()
  await new Promise((resolve) => setTimeout(resolve, 10))
  expect(order).toEqual(['third'])
  free!()
  await fourth
  expect(order).toEqual(['third', 'fourth'])
})

test('who stops waiting gets none and keeps none from others', async () => {
  const take = slots(1)
  const [held, stopped] = [await take(never), new AbortController()]
  const gone = take(stopped.signal)
  const next = take(never)
  stopped.abort()
  expect(await gone).toBeNull()
  expect(await take(stopped.signal)).toBeNull()
  held!()
  expect(await next).toBeTypeOf('function')
})
