import type { EncodePlan } from '@avocet/shared/encode'
import { expect, test } from 'vitest'
import type { ChunkOutline } from './encode.ts'
import { qualityOf, wholeRungs } from './qualityEvents.ts'

const rung = (name: string, height: number, codec = 'h264') => ({ name, codec, width: (height * 16) / 9, height })
const plan = { video: [rung('v0', 720), rung('v1', 480), rung('v2', 240), rung('h0', 240, 'hevc')], chunks: [{ index: 0 }, { index: 1 }] } as unknown as EncodePlan
const chunk = (chunkIndex: number, names: string[], complete = true) =>
  ({ chunkIndex, complete, outline: { frames: 1, renditions: Object.fromEntries(names.map((name) => [name, {}])) } }) as unknown as ChunkOutline
const whole = (...chunks: ChunkOutline[]) => wholeRungs(plan, chunks).map(qualityOf)

test('a rung is whole with its last chunk, whichever comes last', () => {
  expect(whole()).toEqual([])
  expect(whole(chunk(0, ['v1', 'v2']), chunk(0, ['v0']))).toEqual([])
  expect(whole(chunk(1, ['v0', 'v1', 'v2']), chunk(0, ['v1', 'v2']))).toEqual(['240p', '480p'])
  expect(whole(chunk(1, ['v0', 'v1', 'v2']), chunk(0, ['v1', 'v2']), chunk(0, ['v0']))).toEqual(['240p', '480p', '720p'])
  expect(whole(chunk(1, ['v0', 'v1', 'v2']), chunk(0, ['v0', 'v1', 'v2'], false))).toEqual([])
})

test('what is told is lowest first: a rung waits for those below it, and other codecs count for nothing', () => {
  expect(whole(chunk(0, ['v0', 'h0']), chunk(1, ['v0', 'h0']))).toEqual([])
})

test('portrait video is named by its short side', () => {
  expect(qualityOf({ width: 480, height: 854 })).toBe('480p')
})
