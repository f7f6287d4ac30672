import { expect, test } from 'vitest'
import { split } from './split.ts'

const streamOf = (...pieces: number[][]) => new Response(new Blob(pieces.map((piece) => new Uint8Array(piece)))).body as ReadableStream<Uint8Array>
const read = async (stream: ReadableStream<Uint8Array>) => [...new Uint8Array(await new Response(stream).arrayBuffer())]

test('a stream is cut where asked, whatever its pieces', async () => {
  const parts = split(streamOf([1, 2, 3], [4], [5, 6, 7, 8]))
  expect(await read(parts.next(2))).toEqual([1, 2])
  await parts.skip(3)
  expect(await read(parts.next(2))).toEqual([6, 7])
  expect(await read(parts.next(9))).toEqual([8])
  expect(await read(parts.next(1))).toEqual([])
})
