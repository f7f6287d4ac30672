/** Inputs that are not plain: each has a defined outcome (DESIGN section 8). */
import { writeFileSync } from 'node:fs'
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
  expect(frames).toBe(expected.frames ?? plan.expectedFrames)
  const top = plan.video[0]!.name
  const parts = renditions[top]!.segments.map((_, index) => source.store.objects.get(segmentKey(source.encodeId, top, 0, 1, index))!)
  const file = join(scratch, `${name}.made.mp4`)
  writeFileSync(file, Buffer.concat([source.store.objects.get(initKey(source.encodeId, top))!, ...parts]))
  expect(decodedFrames(file)).toHaveLength(frames)
})

test('an encoder that stands still is killed, and that is not the file’s fault', async () => {
  // A pipe nobody reads: ffmpeg blocks on it.
  const argv = ['-f', 'lavfi', '-i', 'testsrc2=s=640x360:r=30:d=600', '-c:v', 'rawvideo', '-f', 'rawvideo', 'pipe:3']
  const run = startFfmpeg(tools, { argv, outputs: 1, signal: new AbortController().signal, maxMs: 60_000, stallMs: 3_000 })
  run.outputs[0]!.pause()
  await expect(run.done).rejects.toMatchObject({ class: 'retryable', reason: 'encoder_stalled' })
})
