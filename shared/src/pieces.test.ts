import { expect, test } from 'vitest'
import type { EncodePlan, VideoCodec } from './encode.ts'
import { abilitiesOf, needOf, piecesOf } from './pieces.ts'

const rung = (codec: VideoCodec, height: number) => ({ name: `v${height}${codec[0]}`, codec, height, width: (height * 16) / 9 })
const plan = (video: object[], encoders: EncodePlan['encoders'], chunks = 2) =>
  ({ video, encoders, chunks: Array.from({ length: chunks }, (_, index) => ({ index })) }) as unknown as EncodePlan
const told = (...args: Parameters<typeof plan>) =>
  piecesOf(plan(...args)).map(({ stream, chunk, rungs }) => `${stream} ${chunk.index}: ${rungs.map(({ height }) => height).join(' ')}`)

test('the first chunk of a tall ladder begins with its low rungs; later chunks are one decode', () => {
  expect(told([rung('h264', 1080), rung('h264', 720), rung('h264', 360)], { h264: 'libx264' })).toEqual([
    'video-low 0: 360',
    'video-high 0: 1080 720',
    'video 1: 1080 720 360',
  ])
})

test('the plan says how low the first chunk begins', () => {
  const rungs = [rung('h264', 2160), rung('h264', 480), rung('h264', 360), rung('h264', 240)]
  const pieces = piecesOf({ ...plan(rungs, { h264: 'libx264' }, 1), firstShortSide: 360 })
  expect(pieces.map(({ rungs }) => rungs.map(({ height }) => height))).toEqual([[360, 240], [2160, 480]])
})

test('a low ladder is never cut', () => {
  expect(told([rung('h264', 480), rung('h264', 360)], { h264: 'libx264' }, 1)).toEqual(['video 0: 480 360'])
  expect(told([rung('h264', 1080)], { h264: 'libx264' }, 1)).toEqual(['video 0: 1080'])
})

test('other codecs are work of their own, after H.264; a codec without an encoder is no work', () => {
  const rungs = [rung('h264', 360), rung('hevc', 360), rung('av1', 1080), rung('av1', 360)]
  expect(told(rungs, { h264: 'libx264', av1: 'libsvtav1' }, 1)).toEqual(['video 0: 360', 'video-av1 0: 1080 360'])
})

test('large frames go only to encoders proven with them, either way up', () => {
  const [word, usual] = [needOf({ encoder: 'h264_nvenc', rungs: [{ width: 2160, height: 3840 }] }), needOf({ encoder: 'libx264', rungs: [{ width: 1080, height: 1920 }] })]
  expect([word, usual]).toEqual(['h264_nvenc/2160', 'libx264'])
  expect(abilitiesOf([{ name: 'h264_nvenc', maxWidth: 4096, maxHeight: 2304 }, { name: 'libx265', maxWidth: 1920, maxHeight: 1088 }])).toEqual([
    'h264_nvenc',
    'h264_nvenc/2160',
    'libx265',
  ])
})
