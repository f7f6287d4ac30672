import type { EncodePlan } from '@avocet/shared/encode'
import { expect, test } from 'vitest'
import { planWithout } from './dropStream.ts'

const sound = (name: string, channels: number, isDefault = false) => ({ name, channels, isDefault })
const plan = (audio: object[], video: object[] = [{ name: 'v360', codec: 'h264' }, { name: 'v360a', codec: 'av1' }]) =>
  ({ audio, video }) as unknown as EncodePlan

test('another codec can go, H.264 cannot', () => {
  expect(planWithout(plan([]), 'video-av1')?.video.map(({ name }) => name)).toEqual(['v360'])
  for (const stream of ['video', 'video-low', 'video-high']) expect(planWithout(plan([sound('a0', 2, true)]), stream)).toBeNull()
})

test('a sound stream can go; the default hands its place to the next in stereo', () => {
  const streams = [sound('a0', 2, true), sound('a2', 6), sound('a1', 2)]
  expect(planWithout(plan(streams), 'a2')?.audio.map(({ name, isDefault }) => `${name} ${isDefault}`)).toEqual(['a0 true', 'a1 false'])
  expect(planWithout(plan(streams), 'a0')?.audio.map(({ name, isDefault }) => `${name} ${isDefault}`)).toEqual(['a2 false', 'a1 true'])
})

test('a picture plays without its only sound; sound alone needs itself', () => {
  expect(planWithout(plan([sound('a0', 2, true)]), 'a0')?.audio).toEqual([])
  expect(planWithout(plan([sound('a0', 2, true)], []), 'a0')).toBeNull()
})
