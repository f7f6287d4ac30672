import type { EncodePlan } from '@avocet/shared/encode'
import { expect, test } from 'vitest'
import { committedFrames, committedRendition, initMismatch, isComplete, isPlayable, outlineOf, progressOf } from './committed.ts'
import type { Chunk, ChunkOutline } from './encode.ts'

const plan = {
  expectedFrames: 360,
  durationSeconds: 12,
  encoders: { h264: 'libx264' },
  chunks: [0, 1, 2].map((index) => ({ index, startFrame: index * 120, endFrame: index === 2 ? null : (index + 1) * 120 })),
  video: [{ name: 'v360', codec: 'h264', width: 640, height: 360 }],
  audio: [{ name: 'a0', isDefault: true }],
} as unknown as EncodePlan

function chunk(stream: string, chunkIndex: number, segments: number, more: Partial<Chunk> & { init?: string } = {}): Chunk & ChunkOutline {
  const name = stream === 'video' ? 'v360' : stream
  const output = {
    codecs: 'x',
    timescale: 1000,
    initSha256: (more.init ?? 'a').repeat(64),
    initBytes: 1,
    segments: Array.from({ length: segments }, () => ({ duration: 4000, bytes: 10, sha256: 'b'.repeat(64) })),
  }
  const frames = stream === 'video' ? segments * 120 : 0
  const manifest = { epoch: 1, frames, renditions: { [name]: output } }
  return { encodeId: 'enc_x', stream, chunkIndex, epoch: 1, complete: true, manifest, outline: outlineOf(manifest), ...more }
}

test('only the contiguous prefix of chunks counts', () => {
  const made = committedRendition(plan, [chunk('video', 0, 1), chunk('video', 2, 1)], 'v360')
  expect(made?.segments.map(({ chunk }) => chunk)).toEqual([0])
  expect(made?.complete).toBe(false)
  expect(committedRendition(plan, [chunk('video', 1, 1)], 'v360')).toBeNull()
})

test('playable needs the beginning of the picture and of the default sound', () => {
  expect(isPlayable(plan, [chunk('video', 0, 1)])).toBe(false)
  expect(isPlayable(plan, [chunk('a0', 0, 1, { complete: false })])).toBe(false)
  expect(isPlayable(plan, [chunk('video', 0, 1), chunk('a0', 0, 1, { complete: false })])).toBe(true)
})

test('complete needs every chunk and the end of every sound stream', () => {
  const picture = [0, 1, 2].map((index) => chunk('video', index, 1))
  expect(isComplete(plan, picture)).toBe(false)
  expect(isComplete(plan, [...picture, chunk('a0', 0, 3, { complete: false })])).toBe(false)
  expect(isComplete(plan, [...picture, chunk('a0', 0, 3)])).toBe(true)
})

test('progress follows the frames and reaches 1 only when the encode is ready', () => {
  expect(progressOf(plan, [])).toBe(0)
  expect(progressOf(plan, [chunk('video', 0, 1)])).toBeCloseTo(1 / 3)
  expect(progressOf(plan, [0, 1, 2].map((index) => chunk('video', index, 1)))).toBe(0.99)
  expect(committedFrames(plan, [chunk('video', 0, 1), chunk('a0', 0, 3)])).toBe(120)
})

test('a chunk of another encoder is told by its init segment', () => {
  expect(initMismatch([chunk('video', 0, 1)], chunk('video', 1, 1).manifest)).toBeNull()
  expect(initMismatch([chunk('video', 0, 1)], chunk('video', 1, 1, { init: 'f' }).manifest)).toBe('v360')
})

test('a first chunk in two pieces plays with its low rungs, and is not whole without its high ones', () => {
  const rung = (name: string, height: number) => ({ name, codec: 'h264', width: height * 2, height })
  const tall = { ...plan, chunks: [{ index: 0, startFrame: 0, endFrame: null }], video: [rung('v1080', 1080), rung('v480', 480)], audio: [] } as unknown as EncodePlan
  const piece = (stream: string, name: string) => {
    const made = chunk('video', 0, 3)
    const manifest = { ...made.manifest, renditions: { [name]: made.manifest.renditions.v360! } }
    return { ...made, stream, manifest, outline: outlineOf(manifest) }
  }
  const [low, high] = [piece('video-low', 'v480'), piece('video-high', 'v1080')]
  expect([isPlayable(tall, [low]), isComplete(tall, [low]), committedFrames(tall, [low, high])]).toEqual([true, false, 360])
  expect([isPlayable(tall, [high]), isComplete(tall, [low, high])]).toEqual([false, true])
  expect(progressOf(tall, [low])).toBeCloseTo(480 ** 2 / (1080 ** 2 + 480 ** 2))
})
