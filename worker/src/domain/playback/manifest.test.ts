import type { MediaInfo } from '@avocet/shared/encode'
import { planEncode } from '@avocet/shared/ladder'
import * as parser from 'hls-parser'
import { expect, test } from 'vitest'
import type { Chunk } from '../encodes/encode.ts'
import { dashOf, masterOf, type Presentation } from './manifest.ts'

const audio = (index: number, language: string, channels = 2): MediaInfo['audio'][number] => ({
  index,
  codec: 'ac3',
  profile: null,
  channels,
  sampleRate: 48000,
  bitrateBps: null,
  language,
  title: null,
  isDefault: index === 0,
})
const video: MediaInfo['video'] = {
  codec: 'h264', profile: 'High', codedWidth: 1920, codedHeight: 1080, width: 1920, height: 1080, rotation: 0, frameRate: { num: 30, den: 1 },
  variableFrameRate: false, interlaced: false, pixelFormat: 'yuv420p', bitDepth: 8, transfer: 'sdr', durationSeconds: 8,
}
const CODECS = { h264: 'avc1.640028', hevc: 'hvc1.1.6.L120.90', av1: 'av01.0.08M.08' }

/** Everything of an 8 s source made, each rung twice as heavy as the next; `left` is not. */
function presentation({ sounds = [audio(0, 'en')], picture = video, growing = false, left = [] as string[] } = {}): Presentation {
  const media: MediaInfo = { container: 'mp4', durationSeconds: 8, sizeBytes: 1, bitrateBps: null, indexed: true, subtitles: [], chapters: [], video: picture, audio: sounds }
  const plan = planEncode(media, { encoders: { h264: 'libx264', hevc: 'libx265', av1: 'libsvtav1' } })
  const made = (name: string, codecs: string, timescale: number, bytes: number): Chunk => ({
    encodeId: 'enc_x' as Chunk['encodeId'],
    stream: name,
    chunkIndex: 0,
    epoch: 1,
    complete: true,
    manifest: {
      epoch: 1,
      frames: 120,
      renditions: { [name]: { codecs, timescale, initSha256: 'a'.repeat(64), initBytes: 700, segments: [{ duration: 4 * timescale, bytes, sha256: 'b'.repeat(64) }] } },
    },
  })
  const chunks = [
    ...plan.video.map(({ name, codec, height }) => made(name, CODECS[codec], 15360, height ** 2)),
    ...plan.audio.map(({ name, channels }) => made(name, 'mp4a.40.2', 48000, channels * 30_000)),
  ]
  const whole = { ...plan, chunks: plan.chunks.slice(0, 1) }
  return { plan: whole, chunks: chunks.filter(({ stream }) => !left.includes(stream)), growing }
}

const master = (of: Presentation) => parser.parse(masterOf(of)) as parser.types.MasterPlaylist
const uris = (of: Presentation) => master(of).variants.map(({ uri }) => uri.replace('.m3u8', ''))

test('HEVC and AV1 stand beside H.264 with one sound group; H.264 leads with a rung to start on', () => {
  const read = master(presentation())
  expect(uris(presentation())).toEqual(['v1080', 'v720', 'v480', 'v360', 'v240', 'v1080h', 'v720h', 'v480h', 'v360h', 'v1080a', 'v720a', 'v480a', 'v360a'])
  expect(read.variants.map(({ codecs }) => codecs?.split(',')[0])).toEqual([...Array(5).fill(CODECS.h264), ...Array(4).fill(CODECS.hevc), ...Array(4).fill(CODECS.av1)])
  expect(new Set(read.variants.map(({ audio }) => audio[0]?.groupId))).toEqual(new Set(['sound']))
  expect(read.variants.every(({ videoRange, frameRate }) => videoRange === 'SDR' && frameRate === 30)).toBe(true)
})

test('while it grows, only H.264 is offered, and no rate below what may still come', () => {
  const read = master(presentation({ growing: true }))
  expect(uris(presentation({ growing: true }))).toEqual(['v1080', 'v720', 'v480', 'v360', 'v240'])
  expect(read.variants[0]?.bandwidth).toBeGreaterThan(5_350_000)
})

test('surround sound is a second group with the same members, for 720p and above alone', () => {
  const read = master(presentation({ sounds: [audio(0, 'en', 6), audio(1, 'de')] }))
  const group = (id: string) => read.variants.find(({ audio }) => audio[0]?.groupId === id)?.audio.map(({ name, language, isDefault, channels, uri }) => [name, language, isDefault, channels, uri])
  expect(group('sound')).toEqual([['en', 'en', true, '2', 'a0.m3u8'], ['de', 'de', false, '2', 'a1.m3u8']])
  expect(group('surround')).toEqual([['en', 'en', true, '6', 'a2.m3u8'], ['de', 'de', false, '2', 'a1.m3u8']])
  const surround = read.variants.filter(({ audio }) => audio[0]?.groupId === 'surround')
  expect(surround.map(({ uri }) => uri)).toEqual(['v1080', 'v720', 'v1080h', 'v720h', 'v1080a', 'v720a'].map((name) => `${name}.m3u8`))
  const stereo = read.variants.find(({ uri }) => uri === 'v1080.m3u8')
  expect(surround[0]!.bandwidth - stereo!.bandwidth).toBe((4 * 30_000 * 8) / 4)
})

test('surround sound that is not whole yet is not offered while the video grows', () => {
  const of = presentation({ sounds: [audio(0, 'en', 6)], growing: true })
  const chunks = of.chunks.map((chunk) => (chunk.stream === 'a1' ? { ...chunk, complete: false } : chunk))
  expect(masterOf({ ...of, chunks })).not.toContain('surround')
  expect(masterOf(of)).toContain('surround')
})

test('sound alone is a variant for each group, without a picture’s attributes', () => {
  const text = masterOf(presentation({ picture: null, sounds: [audio(0, 'en', 6), audio(1, 'de')] }))
  expect((parser.parse(text) as parser.types.MasterPlaylist).variants.map(({ uri, codecs }) => [uri, codecs])).toEqual([['a0.m3u8', 'mp4a.40.2'], ['a2.m3u8', 'mp4a.40.2']])
  expect(text).not.toMatch(/RESOLUTION|VIDEO-RANGE/)
})

test('picture alone names no sound', () => {
  expect(masterOf(presentation({ sounds: [] }))).not.toMatch(/AUDIO|mp4a/)
})

test('DASH names the segments HLS names, surround sound beside stereo', () => {
  const text = dashOf(presentation({ sounds: [audio(0, 'en', 6)] }), 'm')
  expect(text).toContain('<SegmentURL media="m/v1080a/0-1-0.m4s"/>')
  expect([...text.matchAll(/ChannelConfiguration" value="(\d)"/g)].map(([, channels]) => channels)).toEqual(['2', '6'])
})
