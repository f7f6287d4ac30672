import { expect, test } from 'vitest'
import { type Level, levelOf, qualitiesOf } from '../../worker/player/qualities.ts'

const level = (height: number, codecSet: string, sound: string, bitrate: number): Level => ({ width: (height * 16) / 9, height, codecSet, audioGroups: [sound], bitrate })
const levels = [
  level(360, 'avc1,mp4a', 'stereo', 700),
  level(720, 'avc1,mp4a', 'stereo', 2500),
  level(720, 'avc1,mp4a', 'surround', 2900),
  level(720, 'hvc1,mp4a', 'stereo', 1500),
  { ...level(0, 'mp4a', 'stereo', 128), width: 0 },
]

test('the quality menu has one entry a height, whatever codecs and sounds there are, and none for sound alone', () => {
  expect(qualitiesOf(levels)).toEqual([
    { width: 640, height: 360, bitrate: 700, levels: [0] },
    { width: 1280, height: 720, bitrate: 1500, levels: [1, 2, 3] },
  ])
})

test('a chosen quality keeps the sound and the codec that play; sound comes first', () => {
  const quality = qualitiesOf(levels)[1]!
  expect(levelOf(quality, levels, levels[0])).toBe(1)
  expect(levelOf(quality, levels, levels[2])).toBe(2)
  expect(levelOf(quality, levels, levels[3])).toBe(3)
  expect(levelOf(quality, levels, level(360, 'hvc1,mp4a', 'surround', 500))).toBe(2)
  expect(levelOf(quality, levels, undefined)).toBe(1)
})
