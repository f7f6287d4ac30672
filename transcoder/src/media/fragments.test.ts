import { expect, test } from 'vitest'
import { fragmentsHead, lastTimes } from './fragments.ts'

const u32 = (...values: number[]) => {
  const bytes = Buffer.alloc(4 * values.length)
  values.forEach((value, at) => bytes.writeUInt32BE(value >>> 0, 4 * at))
  return bytes
}
const box = (type: string, ...content: Buffer[]) => {
  const bytes = Buffer.concat(content)
  return Buffer.concat([u32(8 + bytes.length), Buffer.from(type, 'latin1'), bytes])
}
const track = (id: number, handler: string, ticksPerSecond: number) =>
  box('trak', box('tkhd', u32(0, 0, 0, id), Buffer.alloc(68)), box('mdia', box('mdhd', u32(0, 0, 0, ticksPerSecond, 0, 0)), box('hdlr', u32(0, 0), Buffer.from(handler), Buffer.alloc(13))))
const extends_ = (id: number, ticks: number) => box('trex', u32(0, id, 1, ticks, 0, 0))
const moov = (...more: Buffer[]) => box('moov', box('mvhd', Buffer.alloc(100)), track(1, 'vide', 1000), track(2, 'soun', 48_000), ...more)
const front = [box('ftyp', Buffer.from('iso5')), moov(box('mvex', extends_(1, 40), extends_(2, 1024)))]
const data = (bytes = 10) => box('mdat', Buffer.alloc(bytes))

/** Of the picture: each sample's duration and composition offset. */
const pictures = (decodeTime: number, ...samples: [number, number][]) =>
  box('traf', box('tfhd', u32(0x20000, 1)), box('tfdt', u32(0x1000000, 0, decodeTime)), box('trun', u32(0x1000901, samples.length, 0), u32(...samples.flat())))
/** Of the sound: as many samples of the usual length. */
const sounds = (decodeTime: number, samples: number) => box('traf', box('tfhd', u32(0x20000, 2)), box('tfdt', u32(0, decodeTime)), box('trun', u32(0, samples)))
const fragment = (...tracks: Buffer[]) => box('moof', box('mfhd', u32(0, 1)), ...tracks)

const first = fragment(pictures(100_000, [40, 80], [40, 160], [40, 40]), sounds(4_800_000, 10))
const { tracks } = fragmentsHead(Buffer.concat([...front, first, data()]), 1e8)!

test('the head tells the tracks, and when the first fragment is', () => {
  expect(tracks.map(({ id, kind }) => [id, kind])).toEqual([[1, 'video'], [2, 'audio']])
  const head = fragmentsHead(Buffer.concat([...front, box('styp', Buffer.alloc(8)), first]), 1e8)
  expect(head?.first.video).toEqual({ from: 100.08, to: 100.24 })
  expect(head?.first.audio?.to).toBeCloseTo(100 + (10 * 1024) / 48_000)
  // The first samples of some lie in front.
  expect(fragmentsHead(Buffer.concat([...front, data(), first]), 1e8)?.first).toEqual({})
})

test('an ordinary MP4, one whose index is whole in front, and anything else is left to ffmpeg', () => {
  expect(fragmentsHead(Buffer.concat([front[0]!, moov(), data()]), 1e8)).toBeNull()
  const index = (bytes: number) => box('sidx', u32(0, 1, 1000, 0, 0, 1, bytes, 5000, 0))
  const indexed = (bytes: number) => Buffer.concat([...front, index(bytes), first])
  const behind = 1e8 - indexed(0).length + first.length
  expect(fragmentsHead(indexed(behind), 1e8)).toBeNull()
  expect(fragmentsHead(indexed(behind - 1), 1e8)).not.toBeNull()
  for (const bytes of [Buffer.alloc(0), Buffer.alloc(5000), Buffer.alloc(5000, 0xff), Buffer.from('RIFF and more of it')]) expect(fragmentsHead(bytes, 1e8)).toBeNull()
})

test('the last fragment of each track that is there with all its data tells the end', () => {
  const sound = [fragment(sounds(4_848_000, 48)), data()]
  const picture = [fragment(pictures(101_000, [40, 0], [60, 0])), data()]
  const cut = fragment(pictures(900_000, [40, 0]))
  const tail = Buffer.concat([Buffer.from('an end of data'), ...sound, ...picture, cut, data().subarray(0, 12)])
  expect(lastTimes(tail, tracks)).toEqual({ video: { from: 101, to: 101.1 }, audio: { from: 101, to: 102.024 } })
  expect(lastTimes(Buffer.concat([cut, data()]), tracks)).toMatchObject({ video: { to: 900.04 } })
  expect(lastTimes(Buffer.concat([...picture, cut.subarray(0, 40)]), tracks)).toEqual({ video: { from: 101, to: 101.1 } })
})

test('what is broken, lies or tells no time ends nothing', () => {
  const untimed = box('traf', box('tfhd', u32(0x20000, 1)), box('trun', u32(0, 5)))
  const other = box('traf', box('tfhd', u32(0x20000, 7)), box('tfdt', u32(0, 5)), box('trun', u32(0, 5)))
  const short = [box('tfhd'), box('traf', box('tfhd')), box('traf', box('tfhd', u32(0, 1)), box('tfdt')), box('traf', box('tfhd', u32(0, 1)), box('tfdt', u32(0, 5)), box('trun'))]
  for (const broken of [untimed, other, ...short]) expect(lastTimes(Buffer.concat([fragment(broken), data()]), tracks)).toEqual({})
  // More samples than there are bytes for: those that are there.
  const lying = box('traf', box('tfhd', u32(0x20000, 1)), box('tfdt', u32(0, 0)), box('trun', u32(0x100, 0xffffffff, 40, 40)))
  expect(lastTimes(Buffer.concat([fragment(lying), data()]), tracks).video).toEqual({ from: 0, to: 0.08 })
  for (const tail of [Buffer.alloc(0), Buffer.from('moof'), Buffer.alloc(100_000, 'moof'), Buffer.alloc(100_000, u32(1))]) expect(lastTimes(tail, tracks)).toEqual({})
})

test('a tail made of beginnings of fragments that share one long index is given up on, not worked through', () => {
  const shared = box('traf', box('tfhd', u32(0x20000, 1)), box('tfdt', u32(0, 0)), box('trun', u32(0x100, 100_000), Buffer.alloc(400_000, u32(1))))
  const beginnings = 30_000
  // Each is a fragment up to the end of the index, of a box that covers those behind it, and of the index.
  const heads = Array.from({ length: beginnings }, (_, at) => {
    const behind = 16 * (beginnings - at - 1)
    return Buffer.concat([u32(16 + behind + shared.length), Buffer.from('moof'), u32(8 + behind), Buffer.from('free')])
  })
  // All of them would take a minute and more.
  expect(lastTimes(Buffer.concat([...heads, shared, data()]), tracks)).toEqual({ video: { from: 0, to: 100 } })
}, 20_000)
