import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ChunkManifest, EncodePlan } from '../../shared/src/encode.ts'
import { initKey, segmentKey } from '../../shared/src/objectKeys.ts'
import { segmentCipher } from '../../transcoder/src/media/cmaf/encrypt.ts'
import { encodeChunk } from '../../transcoder/src/steps/encode.ts'
import { chunkTask, clip, decodedFrames, h264, keys, type openSource, picture, planned, scratch, sound } from './support.ts'

type Source = Awaited<ReturnType<typeof openSource>>

/** Encodes every chunk of a plan and puts one rendition together again, decrypted. */
async function encodeAll(plan: EncodePlan, source: Source, name = plan.video.at(-1)!.name) {
  const made: ChunkManifest[] = []
  const parts: Uint8Array[] = []
  const cipher = segmentCipher(keys(9))
  for (const chunk of plan.chunks) {
    const firstSegment = chunk.startFrame / plan.segmentFrames
    const task = chunkTask(plan, chunk, keys(9))
    const manifest = await encodeChunk(source.context(task), task)
    made.push(manifest)
    manifest.renditions[name]?.segments.forEach((segment, index) => {
      const stored = source.store.objects.get(segmentKey(source.encodeId, name, chunk.index, 1, index)) as Uint8Array
      expect(stored.length).toBe(segment.bytes)
      parts.push(cipher.decrypt(stored, firstSegment + index))
    })
  }
  const file = join(scratch, `${source.encodeId}-${name}.mp4`)
  writeFileSync(file, Buffer.concat([source.store.objects.get(initKey(source.encodeId, name)) as Uint8Array, ...parts]))
  return { made, file }
}

test.each([
  ['MP4 with sound', 'a.mp4', [...picture(14), ...sound(14), ...h264, '-g', '250', '-c:a', 'aac']],
  ['MOV without sound', 'b.mov', [...picture(14), ...h264]],
  ['MKV', 'c.mkv', [...picture(14), ...sound(14), ...h264, '-c:a', 'libopus']],
  [
    'WebM (VP8)',
    'd.webm',
    [
      ...picture(14, '320x180'),
      ...sound(14),
      '-c:v',
      'libvpx',
      '-deadline',
      'realtime',
      '-cpu-used',
      '8',
      '-b:v',
      '300k',
      '-c:a',
      'libopus',
    ],
  ],
  ['fractional rate', 'e.mp4', [...picture(14, '320x180').map((one) => one.replace('r=30', 'r=30000/1001')), ...h264]],
])('chunks of %s join to exactly the grid’s frames, evenly spaced', async (_, name, args) => {
  const { plan, source } = await planned(clip(name, ...args))
  expect(plan.chunks.length).toBe(2)
  const { made, file } = await encodeAll(plan, source)
  const frames = decodedFrames(file)
  expect(frames.length).toBe(made.reduce((sum, { frames }) => sum + frames, 0))
  expect(Math.abs(frames.length - plan.expectedFrames)).toBeLessThanOrEqual(1)
  const step = plan.frameRate.den / plan.frameRate.num
  // ffmpeg's MP4 reader shifts composition times so that none is negative; the spacing is what counts here.
  frames.forEach((time, at) => expect(Math.abs(time - frames[0]! - at * step)).toBeLessThan(0.0011))
})

test('every rung has the same segments, the init segments of all chunks are equal, and the manifest tells the truth', async () => {
  const { plan, source } = await planned(clip('rungs.mp4', ...picture(10, '1280x720'), ...h264))
  const { made } = await encodeAll(plan, source)
  expect(plan.video.map(({ name }) => name)).toEqual(['v720', 'v480', 'v360', 'v240'])
  for (const manifest of made) {
    const durations = plan.video.map(({ name }) => manifest.renditions[name]?.segments.map(({ duration }) => duration))
    for (const one of durations) expect(one).toEqual(durations[0])
  }
  for (const { name } of plan.video) {
    expect(new Set(made.map(({ renditions }) => renditions[name]?.initSha256)).size).toBe(1)
    expect(made[0]?.renditions[name]).toMatchObject({ timescale: plan.timescale, codecs: expect.stringMatching(/^avc1\.6400[0-9a-f]{2}$/) })
  }
  const ticks = made.flatMap(({ renditions }) => renditions.v240!.segments).reduce((sum, { duration }) => sum + duration, 0)
  expect(ticks).toBe(300 * plan.ticksPerFrame)
})

test('portrait and rotated pictures keep their display shape', async () => {
  const upright = await planned(clip('portrait.mp4', ...picture(2, '360x640'), ...h264))
  expect(upright.plan.video[0]).toMatchObject({ width: 360, height: 640 })
  const file = clip('plain.mp4', ...picture(2), ...h264)
  const turned = await planned(clip('turned.mp4', '-i', file, '-c', 'copy', '-metadata:s:v:0', 'rotate=90'))
  expect(turned.media.video).toMatchObject({ width: 360, height: 640, codedWidth: 640, codedHeight: 360 })
  const { file: out } = await encodeAll(turned.plan, turned.source, 'v360')
  expect(decodedFrames(out)).toHaveLength(60)
})

test('J20: a single frame is a valid video', async () => {
  const { plan, source } = await planned(clip('one.mp4', ...picture(1, '64x64'), '-frames:v', '1', ...h264))
  const { made } = await encodeAll(plan, source)
  expect(made.map(({ frames }) => frames)).toEqual([1])
})

test('a source that ends early fails for good, with a reason its owner can read', async () => {
  const { plan, source } = await planned(clip('short.mp4', ...picture(10, '320x180'), ...h264))
  const late = { index: 1, startFrame: 240, endFrame: 480 }
  const task = chunkTask(plan, late)
  await expect(encodeChunk(source.context(task), task)).rejects.toMatchObject({ class: 'permanent', reason: 'source_truncated' })
})
