/** Inputs that are not plain: each has a defined outcome (DESIGN section 8). */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { initKey, segmentKey } from '../../shared/src/objectKeys.ts'
import { startFfmpeg } from '../../transcoder/src/media/ffmpeg.ts'
import { encodeChunk } from '../../transcoder/src/steps/encode.ts'
import { chunkTask, clip, decodedFrames, h264, picture, planned, scratch, sound, tools } from './support.ts'

const lossless = ['-c:v', 'ffv1']
const hdr = (transfer: string) => [
  ...['-pix_fmt', 'yuv420p10le', '-c:v', 'libx265', '-preset', 'ultrafast'],
  ...[
    '-x265-params',
    `log-level=error:colorprim=bt2020:transfer=${transfer}:colormatrix=bt2020nc`,
    '-color_primaries',
    'bt2020',
    '-color_trc',
    transfer,
    '-colorspace',
    'bt2020nc',
  ],
]

test.each([
  [
    'HDR PQ becomes SDR',
    'pq.mp4',
    [...picture(1, '320x180'), ...hdr('smpte2084')],
    { frames: 30, size: '320x180', source: { toneMap: 'pq' } },
  ],
  [
    'HDR HLG becomes SDR',
    'hlg.mp4',
    [...picture(1, '320x180'), ...hdr('arib-std-b67')],
    { frames: 30, size: '320x180', source: { toneMap: 'hlg' } },
  ],
  [
    '25 interlaced frames become 50',
    'fields.ts',
    [...picture(2, '720x576', 50), '-vf', 'interlace', '-c:v', 'mpeg2video', '-flags', '+ildct+ilme', '-b:v', '4M'],
    { frames: 100, size: '720x576', source: { deinterlace: true } },
  ],
  ['odd sizes become even', 'odd.mkv', [...picture(1, '321x181'), ...lossless, '-pix_fmt', 'yuv444p'], { frames: 30, size: '320x180' }],
  [
    'anamorphic pixels become square',
    'sar.mp4',
    [...picture(1, '720x576'), '-vf', 'setsar=64/45', ...h264],
    { frames: 30, size: '1024x576' },
  ],
  ['RGB becomes 4:2:0', 'rgb.mkv', [...picture(1, '64x64'), ...lossless, '-pix_fmt', 'bgr0'], { frames: 30, size: '64x64' }],
  ['10 bits become 8', 'ten.mkv', [...picture(1, '64x64'), ...h264, '-pix_fmt', 'yuv420p10le'], { frames: 30, size: '64x64' }],
  ['120 frames a second become 60', 'fast.mp4', [...picture(1, '64x64', 120), ...h264], { frames: 60, size: '64x64' }],
  ['4:2:2 of 10 bits becomes 4:2:0 of 8', 'studio.mkv', [...picture(1, '64x64'), ...lossless, '-pix_fmt', 'yuv422p10le'], { frames: 30, size: '64x64' }],
  ['12 bits become 8', 'twelve.mkv', [...picture(1, '64x64'), ...lossless, '-pix_fmt', 'yuv420p12le'], { frames: 30, size: '64x64' }],
  [
    'HDR that names its curve and nothing else becomes SDR',
    'untagged.mkv',
    [...picture(1, '64x64'), ...lossless, '-pix_fmt', 'yuv420p10le', '-color_trc', 'smpte2084'],
    { frames: 30, size: '64x64', source: { toneMap: 'pq' } },
  ],
  [
    'interlace that is not marked is taken apart all the same',
    'unmarked.avi',
    ['-f', 'lavfi', '-i', 'testsrc2=s=720x576:r=50:d=2', '-vf', 'interlace=scan=bff:lowpass=off,setfield=prog', '-c:v', 'ffv1'],
    { frames: 100, size: '720x576', source: { deinterlace: true, unmarkedFields: 'bff' } },
  ],
  ['portrait stays portrait', 'portrait.mp4', [...picture(1, '180x320'), ...h264], { frames: 30, size: '180x320' }],
  ['a single frame is a video of one', 'one.mp4', [...picture(1, '64x64'), ...h264, '-frames:v', '1'], { frames: 1, size: '64x64' }],
  ['0.3 s is a video of nine frames', 'blink.mp4', [...picture(0.3, '64x64'), ...h264], { frames: 9, size: '64x64' }],
  ['raw H.264 without a container', 'raw.h264', [...picture(2, '64x64', 25), ...h264, '-bf', '2'], { frames: 50, size: '64x64' }],
  ['negative timestamps', 'below.mkv', ['-itsoffset', '-0.5', ...picture(2, '64x64'), ...h264, '-avoid_negative_ts', 'disabled'], { frames: null, size: '64x64' }],
  ['AVI with B-frames', 'b.avi', [...picture(2, '64x64'), '-c:v', 'mpeg4', '-bf', '2'], { frames: null, size: '64x64' }],
  ['an animation of 10 frames a second stays one', 'slow.gif', [...picture(3, '64x64', 10)], { frames: 30, size: '64x64' }],
  [
    'varying rates get an even grid',
    'vfr.mkv',
    [...picture(4, '64x64', 30), '-vf', "select='not(mod(n,3))+gt(t,2)'", '-fps_mode', 'vfr', ...h264],
    { frames: null, size: '64x64' },
  ],
  [
    'a title with shell signs in it is only a title',
    'more.mkv',
    ['-f', 'lavfi', '-i', 'testsrc2=s=64x64:r=30:d=1', ...sound(1), '-metadata:s:v:0', 'title=$(touch x)', ...h264, '-c:a', 'flac'],
    { frames: 30, size: '64x64' },
  ],
])('%s', async (_, name, args, expected) => {
  const { plan, source } = await planned(clip(name, ...args))
  expect(`${plan.video[0]?.width}x${plan.video[0]?.height}`).toBe(expected.size)
  if ('source' in expected) expect(plan.source).toMatchObject(expected.source)
  const task = chunkTask(plan, plan.chunks[0]!)
  const { frames, renditions } = await encodeChunk(source.context(task), task)
  // Some containers leave it open by a frame where the picture ends.
  if (expected.frames === null) expect(Math.abs(frames - plan.expectedFrames)).toBeLessThanOrEqual(2)
  else expect(frames).toBe(expected.frames)
  const top = plan.video[0]!.name
  const parts = renditions[top]!.segments.map((_, index) => source.store.objects.get(segmentKey(source.encodeId, top, 0, 1, index))!)
  const file = join(scratch, `${name}.made.mp4`)
  writeFileSync(file, Buffer.concat([source.store.objects.get(initKey(source.encodeId, top))!, ...parts]))
  expect(decodedFrames(file)).toHaveLength(frames)
})

/** Turns a clip by its track header, as phones do: matrix values a, b, c, d in 16.16 (ISO/IEC 14496-12 section 8.3.2). */
function turned(file: string, degrees: number, matrix: [number, number, number, number]): string {
  const bytes = readFileSync(file)
  const at = bytes.indexOf('tkhd') + 4 + 40
  for (const [index, place] of [0, 4, 12, 16].entries()) bytes.writeInt32BE(matrix[index]! * 0x10000, at + place)
  const out = join(scratch, `turned-${degrees}.mp4`)
  writeFileSync(out, bytes)
  return out
}

/** Mean brightness of the four edges of the first frame: top, right, bottom, left. */
function edges(file: string): number[] {
  const crops = ['iw/2:4:iw/4:0', '4:ih/2:iw-4:ih/4', 'iw/2:4:iw/4:ih-4', '4:ih/2:0:ih/4']
  return crops.map((crop) => execFileSync('ffmpeg', ['-v', 'error', '-i', file, '-frames:v', '1', '-vf', `crop=${crop},scale=1:1:flags=area,format=gray`, '-f', 'rawvideo', '-'])[0]!)
}

test.each([
  [0, [1, 0, 0, 1], '320x180', 3],
  [90, [0, 1, -1, 0], '180x320', 0],
  [180, [-1, 0, 0, -1], '320x180', 1],
  [270, [0, -1, 1, 0], '180x320', 2],
] as const)('a picture turned by %d degrees is upright, whatever the turn', async (degrees, matrix, size, bright) => {
  // White on the left, black on the right.
  const flat = clip('flat.mp4', '-f', 'lavfi', '-i', 'color=black:s=320x180:r=30:d=1,drawbox=w=40:h=180:color=white:t=fill', ...h264)
  const { media, plan, source } = await planned(turned(flat, degrees, [...matrix]))
  expect(media.video?.rotation).toBe(degrees)
  expect(`${plan.video[0]?.width}x${plan.video[0]?.height}`).toBe(size)
  const task = chunkTask(plan, plan.chunks[0]!)
  await encodeChunk(source.context(task), task)
  const top = plan.video[0]!.name
  const file = join(scratch, `upright-${degrees}.mp4`)
  writeFileSync(file, Buffer.concat([initKey(source.encodeId, top), segmentKey(source.encodeId, top, 0, 1, 0)].map((key) => source.store.objects.get(key)!)))
  const brightness = edges(file)
  expect(brightness.indexOf(Math.max(...brightness))).toBe(bright)
})

test('J20: ten hours are probed at once, planned in chunks of a minute, and the first and the last are found', async () => {
  const { media, plan, source } = await planned(clip('ten-hours.mp4', '-f', 'lavfi', '-i', 'testsrc2=s=64x64:r=1/10:d=36000', ...h264))
  expect(media.video?.durationSeconds).toBeCloseTo(36_000, -1)
  expect(plan.chunks.length).toBeLessThan(700)
  for (const chunk of [plan.chunks[0]!, plan.chunks.at(-2)!, plan.chunks.at(-1)!]) {
    const task = chunkTask(plan, chunk)
    const { frames } = await encodeChunk(source.context(task), task)
    expect(frames).toBe((chunk.endFrame ?? plan.expectedFrames) - chunk.startFrame)
  }
})

test('a header that claims 8K for a small picture is not believed; a true 8K picture gets rungs of 4096 pixels and less', async () => {
  const bytes = readFileSync(clip('claims.mp4', ...picture(1, '64x64'), ...h264))
  // Width and height of the sample entry (ISO/IEC 14496-12 section 12.1.3).
  bytes.writeUInt32BE((7680 << 16) | 4320, bytes.indexOf('avc1', bytes.indexOf('stsd')) + 28)
  const file = join(scratch, 'claims-8k.mp4')
  writeFileSync(file, bytes)
  expect((await planned(file)).media.video).toMatchObject({ width: 64, height: 64 })
  const { plan } = await planned(clip('true-8k.mp4', '-f', 'lavfi', '-i', 'color=s=7680x4320:r=1:d=1', ...h264))
  expect(Math.max(...plan.video.map(({ width }) => width))).toBeLessThanOrEqual(4096)
})

test.each([
  ['a single still', 'still.mp4', ['-f', 'lavfi', '-i', 'testsrc2=s=64x64:r=25:d=0.04', ...sound(14), ...h264, '-c:a', 'aac']],
  ['a picture that ends before its sound', 'ends-first.mkv', [...picture(3, '64x64', 25), ...sound(14), ...h264, '-c:a', 'libopus']],
])('%s is held while the sound goes on', async (_, name, args) => {
  const { media, plan, source } = await planned(clip(name, ...args))
  expect(media.video!.durationSeconds + media.video!.outlastedSeconds!).toBeCloseTo(14, 0)
  let frames = 0
  for (const chunk of plan.chunks) {
    const task = chunkTask(plan, chunk)
    frames += (await encodeChunk(source.context(task), task)).frames
  }
  expect(frames).toBe(plan.expectedFrames)
  expect(frames / 25).toBeCloseTo(14, 0)
})

test('a stream that was cut off in its middle, in a container that declares no end, is a shorter video', async () => {
  const whole = readFileSync(clip('to-cut.ts', ...picture(8, '64x64'), ...sound(8), ...h264, '-c:a', 'aac'))
  const file = join(scratch, 'cut.ts')
  writeFileSync(file, whole.subarray(0, Math.floor(whole.length * 0.5)))
  const { plan, source } = await planned(file)
  let frames = 0
  for (const chunk of plan.chunks) {
    const task = chunkTask(plan, chunk)
    frames += (await encodeChunk(source.context(task), task)).frames
  }
  expect(frames).toBeGreaterThan(60)
  expect(Math.abs(frames - plan.expectedFrames)).toBeLessThanOrEqual(3)
})

test('an encoder that stands still is killed, and that is not the file’s fault', async () => {
  // A pipe nobody reads: ffmpeg blocks on it.
  const argv = ['-f', 'lavfi', '-i', 'testsrc2=s=640x360:r=30:d=600', '-c:v', 'rawvideo', '-f', 'rawvideo', 'pipe:3']
  const run = startFfmpeg(tools, { argv, outputs: 1, signal: new AbortController().signal, maxMs: 60_000, stallMs: 3_000 })
  run.outputs[0]!.pause()
  await expect(run.done).rejects.toMatchObject({ class: 'retryable', reason: 'encoder_stalled' })
})
