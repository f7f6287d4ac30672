import { expect, test } from 'vitest'
import { frameAt } from './posterTask.ts'

const committed = (timescale: number, ...durations: number[]) => ({ name: 'v360', timescale, codecs: '', complete: true, segments: durations.map((duration, index) => ({ duration, bytes: 1, sha256: '', chunk: 0, epoch: 1, index })) })
const at30 = { frameRate: { num: 30, den: 1 } }
/** Two segments of 120 frames, one of 45. */
const stored = committed(15360, 61440, 61440, 23040)

test.each([
  [0, 0, 0],
  [1, 0, 30],
  [3.99, 0, 119],
  [4, 1, 0],
  [9.46, 2, 43],
  [9.4666, 2, 44],
])('second %f is in segment %i, its frame %i', (second, segment, frame) => expect(frameAt(at30, stored, second)).toEqual({ segment, frame }))

test.each([9.5, 10, 1e9, -1, Number.NaN])('second %f lies outside the video: its first frame', (second) => expect(frameAt(at30, stored, second)).toEqual({ segment: 0, frame: 0 }))

test('at 30000/1001 frames a second every frame is found by its own time, however that was rounded', () => {
  const ntsc = { frameRate: { num: 30000, den: 1001 } }
  const segments = committed(30000, 120 * 1001, 120 * 1001)
  for (let frame = 0; frame < 240; frame++)
    for (const second of [(frame * 1001) / 30000, Number(((frame * 1001) / 30000).toFixed(3)), Number(((frame * 1001) / 30000).toFixed(6))])
      expect(frameAt(ntsc, segments, second)).toEqual({ segment: Math.floor(frame / 120), frame: frame % 120 })
})
