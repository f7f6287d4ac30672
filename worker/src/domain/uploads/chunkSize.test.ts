import { expect, test } from 'vitest'
import { chunkBytesFor, expectedChunkBytes, MAX_CHUNKED_BYTES, MIN_CHUNK_BYTES } from './chunkSize.ts'

test('chunks are 5 MiB until 10,000 of them no longer hold the file', () => {
  expect(chunkBytesFor(1)).toBe(MIN_CHUNK_BYTES)
  expect(chunkBytesFor(MIN_CHUNK_BYTES * 10_000)).toBe(MIN_CHUNK_BYTES)
  for (const size of [MIN_CHUNK_BYTES * 10_000 + 1, 200 * 1024 ** 3, MAX_CHUNKED_BYTES]) {
    expect(Math.ceil(size / chunkBytesFor(size))).toBeLessThanOrEqual(10_000)
    expect(chunkBytesFor(size)).toBeLessThanOrEqual(90 * 1024 ** 2)
    expect(chunkBytesFor(size) % (256 * 1024)).toBe(0)
  }
  expect([MIN_CHUNK_BYTES, MAX_CHUNKED_BYTES, chunkBytesFor(MIN_CHUNK_BYTES * 10_000 + 1)]).toEqual([5_242_880, 943_718_400_000, 5_505_024])
})

test('only the last chunk is shorter', () => {
  const upload = { sizeBytes: 12 * 1024 ** 2, chunkBytes: MIN_CHUNK_BYTES, chunkCount: 3 }
  expect([0, 1, 2].map((index) => expectedChunkBytes(upload, index))).toEqual([MIN_CHUNK_BYTES, MIN_CHUNK_BYTES, 2 * 1024 ** 2])
})
