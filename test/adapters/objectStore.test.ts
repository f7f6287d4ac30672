import { expect, test } from 'vitest'
import { deps } from '../support/site.ts'

const PART = 5 * 1024 * 1024
const { objects } = deps
const newKey = () => `test/${deps.newId('asset')}`

/** A body of unknown length that comes in pieces, and breaks off at its end if told to. */
function stream(size: number, breaks = false): ReadableStream<Uint8Array> {
  let left = size
  return new ReadableStream({
    pull(controller) {
      const piece = Math.min(left, 100_000)
      left -= piece
      if (piece > 0) controller.enqueue(new Uint8Array(piece).fill(7))
      else if (breaks) controller.error(new Error('the sender went away'))
      else controller.close()
    },
  })
}
const refusal = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (fault) => [fault.code, fault.details?.reason],
  )

test('a body of the promised length is kept, a shorter, a longer or a broken one is not', async () => {
  const key = newKey()
  expect(await refusal(objects.put(key, stream(999_999), 1_000_000, 'video/mp4'))).toEqual(['bad_request', 'body_too_short'])
  expect(await refusal(objects.put(key, stream(1_000_001), 1_000_000, 'video/mp4'))).toEqual(['bad_request', 'body_too_long'])
  expect(await refusal(objects.put(key, stream(500_000, true), 1_000_000, 'video/mp4'))).not.toBeNull()
  expect(await objects.head(key)).toBeNull()
  await objects.put(key, stream(1_000_000), 1_000_000, 'video/mp4')
  expect(await objects.head(key)).toMatchObject({ sizeBytes: 1_000_000 })
})

test('a range is what was asked for, and the size is the object’s', async () => {
  const key = newKey()
  await objects.put(
    key,
    Uint8Array.from({ length: 100 }, (_, at) => at),
    100,
    'video/mp4',
  )
  const found = await objects.get(key, { offset: 10, length: 3 })
  expect(found?.sizeBytes).toBe(100)
  expect([...new Uint8Array(await new Response(found?.body).arrayBuffer())]).toEqual([10, 11, 12])
  expect(await objects.get(newKey())).toBeNull()
})

test('parts in any order become one object', async () => {
  const key = newKey()
  const id = await objects.createMultipart(key, 'video/mp4')
  const last = await objects.putPart(key, id, 1, stream(10), 10)
  const first = await objects.putPart(key, id, 0, stream(PART), PART)
  expect(await objects.head(key)).toBeNull()
  await objects.completeMultipart(key, id, [
    { chunkIndex: 0, ...first },
    { chunkIndex: 1, ...last },
  ])
  expect(await objects.head(key)).toMatchObject({ sizeBytes: PART + 10 })
})

test('a multipart upload the store no longer has is gone, for parts and completion; aborting it again is harmless', async () => {
  const key = newKey()
  const id = await objects.createMultipart(key, 'video/mp4')
  const part = await objects.putPart(key, id, 0, stream(10), 10)
  for (let time = 0; time < 2; time++) await objects.abortMultipart(key, id)
  expect(await refusal(objects.putPart(key, id, 0, stream(10), 10))).toEqual(['gone', 'upload_expired'])
  expect(await refusal(objects.completeMultipart(key, id, [{ chunkIndex: 0, ...part }]))).toEqual(['gone', 'upload_expired'])
})

test('a part overwritten by another writer is told at completion, and nothing is joined', async () => {
  const key = newKey()
  const id = await objects.createMultipart(key, 'video/mp4')
  const overwritten = await objects.putPart(key, id, 0, stream(10), 10)
  await objects.putPart(key, id, 0, stream(10), 10)
  expect(await refusal(objects.completeMultipart(key, id, [{ chunkIndex: 0, ...overwritten }]))).toEqual(['conflict', 'parts_lost'])
  expect(await objects.head(key)).toBeNull()
})

test('a prefix lists its keys alone, and deleting is repeatable', async () => {
  const prefix = `${newKey()}/`
  for (const name of ['a', 'b']) await objects.put(prefix + name, new Uint8Array(1), 1, 'video/mp4')
  await objects.put(`${newKey()}/c`, new Uint8Array(1), 1, 'video/mp4')
  expect(await objects.list(prefix)).toEqual([`${prefix}a`, `${prefix}b`])
  for (let time = 0; time < 2; time++) await objects.delete([`${prefix}a`, `${prefix}b`])
  expect(await objects.list(prefix)).toEqual([])
})
