/** Every way of using a graphics card, to the word. None of these lines has run on a card in our tests: see docs/operations/transcoder.md. */
import type { EncodePlan, Encoder, VideoRung } from '@avocet/shared/encode'
import { expect, test } from 'vitest'
import { encoderArgs } from './encoder.ts'
import { type Route, routesOf } from './route.ts'
import { chunkArgs, filterGraph } from './video.ts'

const source = { rotation: 0 as const, deinterlace: false, toneMap: 'none' as const, remux: false }
const rung = (height: number, width: number, codec: VideoRung['codec'] = 'h264'): VideoRung => ({
  name: `v${height}`,
  codec,
  width,
  height,
  quality: codec === 'h264' ? 23 : codec === 'hevc' ? 26 : 35,
  maxrateKbps: 3000,
  bufsizeKbps: 6000,
  profile: codec === 'h264' ? 'high' : 'main',
  level: codec === 'h264' ? '3.1' : null,
})
const plan = (more: Partial<EncodePlan['source']> = {}): EncodePlan => ({
  encoders: { h264: 'h264_nvenc' },
  frameRate: { num: 30, den: 1 },
  gopFrames: 60,
  segmentFrames: 120,
  timescale: 15360,
  ticksPerFrame: 512,
  expectedFrames: 1800,
  durationSeconds: 60,
  chunks: [],
  video: [rung(720, 1280), rung(480, 854)],
  audio: [],
  dropped: [],
  source: { ...source, ...more },
})
const chunk = { index: 1, startFrame: 120, endFrame: 360 }
const graph = (route: Route, rungs = plan().video, from = plan()) => filterGraph(from, chunk, rungs, { fromZero: false, holdLast: false, route })
const GRID = '[0:V:0]fps=30/1,trim=start_pts=120:end_pts=360,setpts=PTS-STARTPTS'

test('card: decoded there, every rung scaled from the source there, nothing comes down', () => {
  expect(graph('card')).toBe(
    `${GRID},split=2[s0][s1];[s0]scale_cuda=1280:720:interp_algo=bicubic:format=yuv420p:passthrough=0,setsar=1[v0];` +
      '[s1]scale_cuda=854:480:interp_algo=bicubic:format=yuv420p:passthrough=0,setsar=1[v1]',
  )
  expect(graph('card', [rung(720, 1280)])).toBe(`${GRID},scale_cuda=1280:720:interp_algo=bicubic:format=yuv420p:passthrough=0,setsar=1[v0]`)
})

test('upload: decoded and mended on the CPU, scaled and encoded on the card', () => {
  expect(graph('upload', [rung(720, 1280)], plan({ deinterlace: true }))).toBe(
    `[0:V:0]bwdif=mode=send_field:parity=auto:deint=interlaced,${GRID.slice(7)},format=yuv420p,hwupload_cuda,scale_cuda=1280:720:interp_algo=bicubic:format=yuv420p:passthrough=0,setsar=1[v0]`,
  )
  expect(graph('upload', [rung(720, 1280)], plan({ toneMap: 'hlg' }))).toMatch(/setpts=PTS-STARTPTS,setparams=.*arib-std-b67.*,zscale=w=1280:h=720:.*,format=yuv420p,hwupload_cuda,scale_cuda=/)
})

test('decode: decoded on the card, brought down, and from there the same as in software', () => {
  const software = graph('software')
  expect(graph('decode')).toBe(software.replace('[0:V:0]', '[0:V:0]scale_cuda=format=yuv420p,hwdownload,format=yuv420p,'))
})

test('the input is opened on the card exactly where it is decoded there', () => {
  const input = (route: Route) => {
    const args = chunkArgs({ plan: plan(), chunk, rungs: [rung(720, 1280)], encoder: 'h264_nvenc' }, 'http://source', { preRollSeconds: 2, route })
    return args.slice(args.indexOf('-max_pixels') + 2, args.indexOf('-protocol_whitelist')).join(' ')
  }
  const device = '-init_hw_device cuda=card:0 -filter_hw_device card'
  expect(input('card')).toBe(`${device} -hwaccel cuda -hwaccel_device card -hwaccel_output_format cuda -threads 2 -extra_hw_frames 8`)
  expect(input('decode')).toBe(input('card'))
  expect(input('upload')).toBe(device)
  expect(input('software')).toBe('')
})

test.each<[Encoder, VideoRung, string]>([
  [
    'h264_nvenc',
    rung(720, 1280),
    '-c:v h264_nvenc -gpu 0 -preset p5 -tune hq -profile:v high -level:v 3.1 -rc vbr -cq 24 -b:v 0 -maxrate 3000k -bufsize 6000k -g 60 ' +
      '-bf 3 -b_ref_mode middle -rc-lookahead 20 -spatial-aq 1 -temporal-aq 1 -no-scenecut 1 -forced-idr 1',
  ],
  [
    'hevc_nvenc',
    rung(720, 1280, 'hevc'),
    '-c:v hevc_nvenc -gpu 0 -preset p5 -tune hq -profile:v main -rc vbr -cq 27 -b:v 0 -maxrate 3000k -bufsize 6000k -g 60 ' +
      '-bf 3 -b_ref_mode middle -rc-lookahead 20 -spatial-aq 1 -temporal-aq 1 -no-scenecut 1 -forced-idr 1 -tag:v hvc1',
  ],
  [
    'av1_nvenc',
    rung(720, 1280, 'av1'),
    '-c:v av1_nvenc -gpu 0 -preset p5 -tune hq -rc vbr -cq 32 -b:v 0 -maxrate 3000k -bufsize 6000k -g 60 ' +
      '-bf 3 -b_ref_mode middle -rc-lookahead 20 -spatial-aq 1 -temporal-aq 1 -no-scenecut 1 -forced-idr 1',
  ],
  [
    'libx265',
    rung(720, 1280, 'hevc'),
    '-c:v libx265 -preset veryfast -crf 26 -maxrate 3000k -bufsize 6000k ' +
      '-x265-params keyint=60:min-keyint=60:scenecut=0:open-gop=0:repeat-headers=0:log-level=error -tag:v hvc1',
  ],
  ['libsvtav1', rung(720, 1280, 'av1'), '-c:v libsvtav1 -preset 10 -crf 35 -maxrate 3000k -bufsize 6000k -g 60'],
])('a rung by %s', (encoder, one, words) => {
  expect(encoderArgs(encoder, 60, one).join(' ')).toBe(words)
})

test('reduced options are those that older cards know', () => {
  const words = encoderArgs('hevc_nvenc', 60, rung(720, 1280, 'hevc'), 'reduced').join(' ')
  expect(words).toContain('-bf 0 -rc-lookahead 20 -spatial-aq 1 -no-scenecut 1')
  expect(words).not.toMatch(/b_ref_mode|temporal-aq/)
})

test.each<[string, Encoder, Partial<EncodePlan['source']>, boolean, Route[]]>([
  ['a plain source on a whole card', 'h264_nvenc', {}, true, ['card', 'upload', 'software']],
  ['one that NVDEC is not proven for', 'h264_nvenc', {}, false, ['upload', 'software']],
  ['interlaced', 'h264_nvenc', { deinterlace: true }, true, ['upload', 'software']],
  ['rotated', 'hevc_nvenc', { rotation: 90 }, true, ['upload', 'software']],
  ['HDR', 'av1_nvenc', { toneMap: 'pq' }, true, ['upload', 'software']],
  ['a card that only decodes', 'libx264', {}, true, ['decode', 'software']],
  ['interlaced on a card that only decodes', 'libx264', { deinterlace: true }, true, ['decode', 'software']],
  ['HDR on a card that only decodes', 'libx265', { toneMap: 'hlg' }, true, ['software']],
  ['no card', 'libx264', {}, false, ['software']],
])('%s: the ways, best first', (_, encoder, more, decodesOnGpu, routes) => {
  expect(routesOf(encoder, { source: { ...source, ...more } }, decodesOnGpu)).toEqual(routes)
})
