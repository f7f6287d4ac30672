import * as parser from 'hls-parser'
import { expect, test } from 'vitest'
import { masterPlaylist, mediaPlaylist } from './hls.ts'

const rates = { bandwidth: 3_100_000, averageBandwidth: 2_000_000 }
const variant = { uri: 'v720.m3u8', ...rates, codecs: ['avc1.64001f', 'mp4a.40.2'], picture: { width: 1280, height: 720, frameRate: 30000 / 1001 }, sound: 'sound' }
const sound = { group: 'sound', uri: 'a0.m3u8', name: 'Say "hi"\n', language: 'en', isDefault: true, channels: 2 }

test('a master playlist reads back with every attribute, and a name cannot break out of its quotes', () => {
  const read = parser.parse(masterPlaylist([variant], [sound])) as parser.types.MasterPlaylist
  expect(read).toMatchObject({ isMasterPlaylist: true, version: 7, independentSegments: true })
  expect(read.variants[0]).toMatchObject({ uri: 'v720.m3u8', bandwidth: 3_100_000, averageBandwidth: 2_000_000, codecs: 'avc1.64001f,mp4a.40.2', resolution: { width: 1280, height: 720 }, frameRate: 29.97 })
  expect(read.variants[0]?.audio[0]).toMatchObject({ name: 'Say  hi  ', language: 'en', isDefault: true, channels: '2', uri: 'a0.m3u8' })
})

test('sound without picture is a variant of its own', () => {
  const text = masterPlaylist([{ uri: 'a0.m3u8', ...rates, codecs: ['mp4a.40.2'], picture: null, sound: 'sound' }], [sound])
  const read = parser.parse(text) as parser.types.MasterPlaylist
  expect(read.variants[0]).toMatchObject({ uri: 'a0.m3u8', codecs: 'mp4a.40.2' })
  expect(text).not.toContain('RESOLUTION')
})

const playlist = (type: 'EVENT' | 'VOD', ended: boolean, count = 31) =>
  mediaPlaylist({
    type,
    ended,
    targetSeconds: 4,
    mapUri: '/m/e/v720/init.mp4',
    segments: Array.from({ length: count }, (_, index) => ({ uri: `/m/e/v720/0-1-${index}.m4s`, seconds: index === count - 1 ? 1.5 : 4 })),
    key: { uriOf: (index) => `key/${index}`, segmentsPerKey: 15 },
  })

test('a media playlist brings a fresh key every 15 segments, after the map, without an IV', () => {
  const read = parser.parse(playlist('VOD', true)) as parser.types.MediaPlaylist
  expect(read).toMatchObject({ playlistType: 'VOD', endlist: true, targetDuration: 4, version: 7 })
  expect(read.segments).toHaveLength(31)
  expect(read.segments.map(({ key }) => key?.uri).filter((uri, at, all) => uri !== all[at - 1])).toEqual(['key/0', 'key/1', 'key/2'])
  expect(read.segments.every(({ key }) => key?.method === 'AES-128' && !key.iv)).toBe(true)
  expect(read.segments.reduce((sum, { duration }) => sum + duration, 0)).toBeCloseTo(121.5)
  expect(playlist('VOD', true).indexOf('EXT-X-MAP')).toBeLessThan(playlist('VOD', true).indexOf('EXT-X-KEY'))
})

test('a growing playlist only appends, starts at zero and ends with ENDLIST', () => {
  const [young, old, ended] = [playlist('EVENT', false, 3), playlist('EVENT', false, 4), playlist('EVENT', true, 4)]
  expect(young).toContain('#EXT-X-START:TIME-OFFSET=0')
  const head = young.slice(0, young.indexOf('0-1-2.m4s'))
  expect(old.startsWith(head.slice(0, head.lastIndexOf('#EXTINF')))).toBe(true)
  expect(ended).toBe(`${old}#EXT-X-ENDLIST\n`)
})
