import { expect, test } from 'vitest'
import { audioArgs } from './audio.ts'

const stream = { name: 'a1', sourceIndex: 3, copy: true, channels: 2, bitrateKbps: 128, language: 'en', label: 'English', isDefault: true }
const plan: Parameters<typeof audioArgs>[1] = { durationSeconds: 12.5, chunks: [{ index: 0, startFrame: 0, endFrame: null }], source: { rotation: 0, deinterlace: false, toneMap: 'none', remux: false } }
const afterGuards = (copy: boolean, of = stream, within = plan) =>
  audioArgs(of, within, 'http://source', copy)
    .join(' ')
    .replace(/^.*?-copyts/, '-copyts')
const fragmented =
  '-movflags +cmaf+delay_moov+default_base_moof+skip_trailer -use_editlist 1 -frag_duration 250000 -map_metadata -1 -map_chapters -1 -fflags +bitexact -f mp4 pipe:3'
const meter = 'ebur128=peak=true:framelog=verbose'

test('sound is encoded to AAC with silence in front where it starts late and behind it up to the end of the picture', () => {
  expect(afterGuards(false)).toBe(
    `-copyts -start_at_zero -i http://source -map 0:a:3 -t 42.500 -af aresample=48000:async=1000:first_pts=0,aformat=channel_layouts=stereo,${meter},apad=whole_dur=12.500 -c:a aac -b:a 128k ${fragmented}`,
  )
})

test('sound alone is neither lengthened nor cut', () => {
  expect(afterGuards(false, { ...stream, channels: 6, bitrateKbps: 384 }, { ...plan, chunks: [] })).toBe(
    `-copyts -start_at_zero -i http://source -map 0:a:3 -af aresample=48000:async=1000:first_pts=0,aformat=channel_layouts=5.1,${meter} -c:a aac -b:a 384k ${fragmented}`,
  )
})

test('fit sound is copied as it is, and decoded beside it for its loudness', () => {
  expect(afterGuards(true)).toBe(
    `-copyts -start_at_zero -i http://source -map 0:a:3 -t 42.500 -c:a copy ${fragmented} -map 0:a:3 -t 42.500 -af ${meter} -f null -`,
  )
})
