import { expect, test } from 'vitest'
import { EncodePlan, type MediaInfo } from './encode.ts'
import { gridRate, planChunks, planEncode } from './ladder.ts'

function media(video: Partial<NonNullable<MediaInfo['video']>> | null, more: Partial<MediaInfo> = {}): MediaInfo {
  const base = {
    codec: 'h264',
    profile: 'High',
    codedWidth: 1920,
    codedHeight: 1080,
    width: 1920,
    height: 1080,
    rotation: 0 as const,
    frameRate: { num: 30, den: 1 },
    variableFrameRate: false,
    interlaced: false,
    pixelFormat: 'yuv420p',
    bitDepth: 8,
    transfer: 'sdr' as const,
    durationSeconds: 60,
  }
  return {
    container: 'mp4',
    durationSeconds: 60,
    sizeBytes: 1,
    bitrateBps: null,
    indexed: true,
    video: video && { ...base, ...video },
    subtitles: [],
    chapters: [],
    audio: [
      {
        index: 0,
        codec: 'aac',
        profile: 'LC',
        channels: 2,
        sampleRate: 48000,
        bitrateBps: 128000,
        language: 'und',
        title: null,
        isDefault: true,
      },
    ],
    ...more,
  }
}
const plan = (...facts: Parameters<typeof media>) => planEncode(media(...facts), { encoders: { h264: 'libx264' } })
const sizes = (video: Partial<NonNullable<MediaInfo['video']>>) => plan(video).video.map(({ width, height }) => `${width}x${height}`)

test('a plan fits its own contract', () => {
  for (const one of [plan({}), plan(null), plan({ width: 1080, height: 1920 }), plan({ width: 64, height: 64, durationSeconds: 0.04 })])
    expect(EncodePlan.parse(one)).toEqual(one)
})

test.each([
  ['1080p', { width: 1920, height: 1080 }, ['1920x1080', '1280x720', '854x480', '640x360', '426x240']],
  ['portrait', { width: 1080, height: 1920 }, ['1080x1920', '720x1280', '480x854', '360x640', '240x426']],
  ['900p keeps its size on top', { width: 1600, height: 900 }, ['1600x900', '1280x720', '854x480', '640x360', '426x240']],
  ['barely above a rung adds no useless twin', { width: 1300, height: 730 }, ['1300x730', '854x480', '642x360', '428x240']],
  ['smaller than the lowest rung', { width: 64, height: 64 }, ['64x64']],
  ['odd sizes become even', { width: 321, height: 181 }, ['320x180']],
])('%s', (_, video, expected) => {
  const made = sizes(video)
  expect(
    made.map((size) =>
      size
        .split('x')
        .map(Number)
        .every((side) => side % 2 === 0),
    ),
  ).not.toContain(false)
  expect(made).toEqual(expected)
})

test.each([
  [{ num: 30, den: 1 }, '30/1'],
  [{ num: 30000, den: 1001 }, '30000/1001'],
  [{ num: 2997, den: 100 }, '30000/1001'],
  [{ num: 120, den: 1 }, '60/1'],
  [{ num: 90000, den: 1 }, '60/1'],
  [{ num: 10, den: 1 }, '10/1'],
  [{ num: 28, den: 1 }, '30000/1001'],
])('the grid of %o is %s', (rate, expected) => {
  const { num, den } = gridRate(rate)
  expect(`${num}/${den}`).toBe(expected)
})

test('interlaced sources are made progressive at their field rate', () => {
  expect(plan({ frameRate: { num: 25, den: 1 }, interlaced: true })).toMatchObject({
    frameRate: { num: 50, den: 1 },
    source: { deinterlace: true },
  })
})

test.each([
  ['30 fps', { width: 3840, height: 2160 }, ['5.1', '5.0', '4.0', '3.1', '3.1', '3.0', '2.1']],
  ['60 fps', { width: 1920, height: 1080, frameRate: { num: 60, den: 1 } }, ['4.2', '3.2', '3.1', '3.1', '3.0']],
  ['a panorama', { width: 4096, height: 360 }, ['4.0', '3.2']],
])('levels are what the pictures need at %s', (_, video, levels) => {
  expect(plan(video).video.map(({ level }) => level)).toEqual(levels)
})

test.each([
  ['1080p at 30', {}, undefined],
  ['1080p at 60', { frameRate: { num: 60, den: 1 } }, 360],
  ['interlaced 1080 at 30', { interlaced: true }, 360],
  ['4K at 24', { codedWidth: 3840, codedHeight: 2160, width: 2160, height: 3840, frameRate: { num: 24, den: 1 } }, 360],
] as const)('what is slow to decode begins lower: %s', (_, video, short) => {
  expect(plan(video).firstShortSide).toBe(short)
})

test.each([
  ['1080p at 60 in H.264', { codedWidth: 1920, codedHeight: 1080, frameRate: { num: 60, den: 1 } }, 4],
  ['1080p at 30 in HEVC', { codec: 'hevc', codedWidth: 1920, codedHeight: 1080 }, 4],
  ['1080p at 60 in HEVC', { codec: 'hevc', codedWidth: 1920, codedHeight: 1080, frameRate: { num: 60, den: 1 } }, 2],
  ['4K at 24 in H.264', { frameRate: { num: 24, den: 1 } }, 2],
] as const)('the first chunk is one segment, half as long of what takes longest to decode: %s', (_, video, seconds) => {
  const { segmentFrames, frameRate, chunks, gopFrames } = plan({ codedWidth: 3840, codedHeight: 2160, width: 3840, height: 2160, ...video })
  expect([segmentFrames / frameRate.num, gopFrames / frameRate.num]).toEqual([seconds, 2])
  expect(chunks.slice(0, 2)).toEqual([{ index: 0, startFrame: 0, endFrame: segmentFrames }, { index: 1, startFrame: segmentFrames, endFrame: segmentFrames + 8 * frameRate.num }])
})

test('a very wide picture is bounded, without twins', () => {
  expect(sizes({ width: 8000, height: 360 })).toEqual(['4096x184'])
})

test('what is larger than the highest rung is scaled to it', () => {
  expect(sizes({ width: 7680, height: 4320 })[0]).toBe('3840x2160')
})

test('ticks are exact for whole and fractional rates', () => {
  expect(plan({})).toMatchObject({ timescale: 15360, ticksPerFrame: 512, gopFrames: 60, segmentFrames: 120 })
  expect(plan({ frameRate: { num: 30000, den: 1001 } })).toMatchObject({ timescale: 30000, ticksPerFrame: 1001, segmentFrames: 120 })
})

test('chunks ramp up, are whole segments, join without gaps, and the last is open', () => {
  const chunks = planChunks(30 * 200, 120, 30)
  expect(chunks.map(({ startFrame }) => startFrame / 30)).toEqual([0, 4, 12, 28, 60, 96, 124, 144, 160, 172, 180, 188, 196])
  expect(chunks.at(-1)?.endFrame).toBeNull()
  for (const [at, chunk] of chunks.entries()) {
    if (at > 0) expect(chunk.startFrame).toBe(chunks[at - 1]?.endFrame)
    expect(chunk.startFrame % 120).toBe(0)
  }
})

test('a remainder shorter than a segment is swallowed by the last chunk', () => {
  expect(planChunks(121, 120, 30)).toEqual([{ index: 0, startFrame: 0, endFrame: null }])
  expect(planChunks(1, 120, 30)).toEqual([{ index: 0, startFrame: 0, endFrame: null }])
})

test('fit AAC is copied, other sound is made stereo AAC, and exactly one stream is the default', () => {
  const audio = [
    {
      index: 0,
      codec: 'ac3',
      profile: null,
      channels: 6,
      sampleRate: 48000,
      bitrateBps: 384000,
      language: 'en',
      title: null,
      isDefault: false,
    },
    {
      index: 1,
      codec: 'aac',
      profile: 'LC',
      channels: 2,
      sampleRate: 44100,
      bitrateBps: 128000,
      language: 'en',
      title: null,
      isDefault: true,
    },
  ]
  expect(plan({}, { audio }).audio).toMatchObject([
    { name: 'a0', copy: false, channels: 2, isDefault: false, label: 'en' },
    { name: 'a1', copy: true, isDefault: true, label: 'en 2' },
    { name: 'a2', copy: false, channels: 6, isDefault: false, label: 'en' },
  ])
})

test('sound alone has no picture and no chunks; nothing at all is refused', () => {
  expect(plan(null)).toMatchObject({ video: [], chunks: [], expectedFrames: 0, durationSeconds: 60 })
  expect(() => plan(null, { audio: [] })).toThrow(/neither picture nor sound/)
})

test('HEVC and AV1 rungs come beside the H.264 ones, from 360p up, for what the source is worth', () => {
  const made = planEncode(media({}, { bitrateBps: 2_000_000 }), { encoders: { h264: 'libx264', av1: 'libsvtav1', hevc: 'hevc_nvenc' } })
  expect(EncodePlan.parse(made)).toEqual(made)
  expect(made.video.map(({ name }) => name)).toEqual(
    ['v1080', 'v720', 'v480', 'v360', 'v240', 'v1080h', 'v720h', 'v480h', 'v360h', 'v1080a', 'v720a', 'v480a', 'v360a'],
  )
  expect(made.video.filter(({ height }) => height === 1080).map(({ maxrateKbps }) => maxrateKbps)).toEqual([2400, 1500, 1200])
})

test('5.1 sound is kept beside its stereo, and is never the default', () => {
  const [stereo] = media({}).audio
  const made = plan({}, { audio: [{ ...stereo!, codec: 'ac3', profile: null, channels: 6 }, { ...stereo!, index: 1, isDefault: false, language: 'de' }] })
  expect(made.audio.map(({ name, sourceIndex, channels, bitrateKbps, isDefault }) => [name, sourceIndex, channels, bitrateKbps, isDefault])).toEqual([
    ['a0', 0, 2, 128, true],
    ['a1', 1, 2, 128, false],
    ['a2', 0, 6, 384, false],
  ])
})

test('eight sounds are taken of many, the first ones, and AAC is copied up to the rate that is worth keeping', () => {
  const [one] = media({}).audio
  const many = plan({}, { audio: Array.from({ length: 12 }, (_, index) => ({ ...one!, index, isDefault: index === 0 })) }).audio
  expect(many.map(({ sourceIndex }) => sourceIndex)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  const copied = (bitrateBps: number, channels: number) => plan({}, { audio: [{ ...one!, bitrateBps, channels }] }).audio.map(({ copy }) => copy)
  expect([copied(192_000, 2), copied(193_000, 2), copied(448_000, 6), copied(449_000, 6)]).toEqual([[true], [false], [false, true], [false, false]])
})

test('a side of 8192 pixels and a length of 24 hours are taken; more of either is refused with its reason', () => {
  expect(sizes({ width: 8192, height: 4096 })).toContain('4096x2048')
  expect(() => plan({ width: 8194, height: 100 })).toThrow(expect.objectContaining({ details: { reason: 'source_too_large' } }))
  expect(plan({}, { durationSeconds: 86_400 }).video.length).toBeGreaterThan(0)
  expect(() => plan({}, { durationSeconds: 86_401 })).toThrow(expect.objectContaining({ details: { reason: 'source_too_long' } }))
})
