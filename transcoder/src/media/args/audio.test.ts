import { expect, test } from 'vitest'
import { audioArgs } from './audio.ts'

const stream = { name: 'a1', sourceIndex: 3, copy: true, channels: 2, bitrateKbps: 128, language: 'en', label: 'English', isDefault: true }
const afterGuards = (copy: boolean) =>
  audioArgs(stream, 'http://source', copy)
    .join(' ')
    .replace(/^.*?-copyts/, '-copyts')
const fragmented =
  '-movflags +cmaf+delay_moov+default_base_moof+skip_trailer -use_editlist 1 -frag_duration 250000 -map_metadata -1 -map_chapters -1 -fflags +bitexact -f mp4 pipe:3'

test('sound is encoded to AAC with silence in front where it starts late', () => {
  expect(afterGuards(false)).toBe(
    `-copyts -start_at_zero -i http://source -map 0:a:3 -af aresample=48000:async=1000:first_pts=0 -ac 2 -c:a aac -b:a 128k ${fragmented}`,
  )
})

test('fit sound is copied as it is', () => {
  expect(afterGuards(true)).toBe(`-copyts -start_at_zero -i http://source -map 0:a:3 -c:a copy ${fragmented}`)
})
