import { expect, test } from 'vitest'
import { idFromUuid, idToUuid, isId, makeId } from './ids.ts'

const random = () => crypto.getRandomValues(new Uint8Array(10))

test('an id respells as a UUIDv7 and back', () => {
  const id = makeId('video', 1_790_000_000_000, random())
  const uuid = idToUuid(id)
  expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(idFromUuid('video', uuid)).toBe(id)
  expect(idFromUuid('video', uuid.toUpperCase())).toBe(id)
})

test('ids sort by the time they were made', () => {
  const times = [1, 2, 1000, 1_790_000_000_000, 1_790_000_000_001]
  const ids = times.map((time) => makeId('job', time, random()))
  expect([...ids].sort()).toEqual(ids)
})

test('an id of another kind, length or alphabet is no id', () => {
  const id = makeId('video', 1, random())
  expect(isId('video', id)).toBe(true)
  for (const wrong of [id.replace('vid', 'job'), `${id}0`, id.slice(0, -1), `vid_${'u'.repeat(26)}`, `vid_8${'0'.repeat(25)}`, '']) expect(isId('video', wrong)).toBe(false)
  expect(idFromUuid('video', 'no-uuid')).toBeNull()
})
