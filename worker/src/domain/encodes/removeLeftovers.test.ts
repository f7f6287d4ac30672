import { REMUX_PART_BYTES } from '@avocet/shared/remux'
import { expect, test } from 'vitest'
import type { Chunk, Encode } from './encode.ts'
import { keysOf } from './removeLeftovers.ts'

test('kept are the segments of committed epochs, the images, and the indexed copy of a source while the plan names it', () => {
  const segments = [{ duration: 1, bytes: 1, sha256: 'x' }, { duration: 1, bytes: 1, sha256: 'x' }]
  const chunk = { chunkIndex: 3, epoch: 2, manifest: { renditions: { v360: { segments } } } } as unknown as Chunk
  const images = { epoch: 1, storyboard: { sheets: 2 } }
  const source = { remuxed: { epoch: 4, bytes: REMUX_PART_BYTES + 1, secret: 'x' } }
  const encode = { id: 'enc_1', images, plan: { source } } as unknown as Encode
  const under = (names: string[]) => names.map((name) => `vod/enc_1/${name}`)
  const kept = ['v360/init.mp4', 'v360/3-2-0.m4s', 'v360/3-2-1.m4s', 'images/1-poster.jpg', 'images/1-storyboard-0.jpg', 'images/1-storyboard-1.jpg']
  expect([...keysOf(encode, [chunk])]).toEqual(under([...kept, 'remux/4-x-0', 'remux/4-x-1']))
  expect([...keysOf({ ...encode, plan: { source: {} } } as unknown as Encode, [chunk])]).toEqual(under(kept))
})
