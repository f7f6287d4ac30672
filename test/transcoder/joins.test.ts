import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ChunkManifest, EncodePlan } from '../../shared/src/encode.ts'
import { initKey, segmentKey } from '../../shared/src/objectKeys.ts'
import { encodeChunk } from '../../transcoder/src/steps/encode.ts'
import { chunkTask, clip, decodedFrames, h264, picture, planned, scratch, sound } from './support.ts'

type Source = Awaited<ReturnType<typeof planned>>['source']

/** Encodes the given chunks without encryption and returns the smallest rung's init segment, segments and manifests. */
async function encodeChunks(plan: EncodePlan, source: Source, only: EncodePlan['chunks'] = plan.chunks) {
  const name = plan.video.at(-1)!.name
  const made: ChunkManifest[] = []
  const segments: Buffer[] = []
  for (const chunk of only) {
    const task = chunkTask(plan, chunk)
    const manifest = await encodeChunk(source.context(task), task)
    made.push(manifest)
    for (const at of manifest.renditions[name]!.segments.keys()) {
      segments.push(Buffer.from(source.store.objects.get(segmentKey(source.encodeId, name, chunk.index, 1, at))!))
    }
  }
  const init = Buffer.from(source.store.objects.get(initKey(source.encodeId, name))!)
  return { name, made, init, segments, whole: Buffer.concat([init, ...segments]) }
}

/** Decode time and sequence number of every fragment, in order. */
function fragments(bytes: Buffer): { decodeTime: number; sequence: number }[] {
  const found: { decodeTime: number; sequence: number }[] = []
  for (let at = 0; at < bytes.length; at += bytes.readUInt32BE(at)) {
    if (bytes.toString('latin1', at + 4, at + 8) !== 'moof') continue
    const moof = bytes.subarray(at, at + bytes.readUInt32BE(at))
    found.push({
      sequence: moof.readUInt32BE(moof.indexOf('mfhd') + 8),
      decodeTime: Number(moof.readBigUInt64BE(moof.indexOf('tfdt') + 8)),
    })
  }
  return found
}

const vp9 = ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-g', '90']
const hevc = ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=error:keyint=75', '-tag:v', 'hvc1']

test.each([
  ['portrait HEVC with open GOPs in Matroska', 'open.mkv', 30, [...picture(9, '180x320'), ...hevc]],
  ['VP9 and Opus in WebM', 'vp9.webm', 25, [...picture(9, '320x180', 25), ...sound(9), ...vp9, '-c:a', 'libopus']],
  [
    'MPEG-TS, which has no index and starts at 1.4 s',
    'stream.ts',
    30,
    [...picture(9, '320x180'), ...sound(9), ...h264, '-g', '150', '-c:a', 'aac'],
  ],
  ['MPEG-4 in AVI', 'old.avi', 30, [...picture(9, '320x180'), '-c:v', 'mpeg4']],
  ['a fragmented MP4', 'fragmented.mp4', 30, [...picture(9, '320x180'), ...h264, '-movflags', '+frag_keyframe+empty_moov']],
  [
    'a picture that starts after its sound',
    'late-picture.mkv',
    30,
    [...sound(9), '-itsoffset', '1', ...picture(8, '320x180'), '-map', '0', '-map', '1', ...h264, '-c:a', 'aac'],
  ],
])('%s: decode times, sequence numbers and frames go on across the join of two chunks', async (_, name, rate, args) => {
  const { plan, source } = await planned(clip(name, ...args))
  expect(plan).toMatchObject({ frameRate: { num: rate, den: 1 }, chunks: [{}, {}] })
  const { made, segments, whole, name: rung } = await encodeChunks(plan, source)
  const frames = made.reduce((sum, manifest) => sum + manifest.frames, 0)
  // Sound may start a little before the picture (priming): the first frame is then held for one more place on the grid.
  expect([9 * rate, 9 * rate + 1]).toContain(frames)
  expect(Math.abs(frames - plan.expectedFrames)).toBeLessThanOrEqual(1)
  const durations = made.flatMap(({ renditions }) => renditions[rung]!.segments.map(({ duration }) => duration))
  let decodeTime = 0
  for (const [at, segment] of segments.entries()) {
    expect(fragments(segment)[0]?.decodeTime).toBe(decodeTime)
    decodeTime += durations[at]!
  }
  expect(decodeTime).toBe(frames * plan.ticksPerFrame)
  expect(fragments(whole).map(({ sequence }) => sequence)).toEqual(fragments(whole).map((_, at) => at + 1))
  const file = join(scratch, `${name}.whole.mp4`)
  writeFileSync(file, whole)
  expect(decodedFrames(file)).toHaveLength(frames)
})

test('a chunk of one frame has the same init segment as a long one', async () => {
  const { plan, source } = await planned(clip('long.mp4', ...picture(6, '320x180'), ...h264))
  const long = await encodeChunks(plan, source)
  const short = await encodeChunks(plan, source, [{ index: 0, startFrame: 0, endFrame: 1 }])
  expect(short.made[0]).toMatchObject({ frames: 1 })
  expect(short.made[0]?.renditions[short.name]?.initSha256).toBe(long.made[0]?.renditions[long.name]?.initSha256)
})

test('a chunk holds the very frames of its place in the source', async () => {
  const file = clip('numbered.mp4', ...picture(9, '320x180'), ...h264, '-g', '250', '-bf', '3', '-qp', '1')
  const { plan, source } = await planned(file)
  const { init, segments } = await encodeChunks(plan, source)
  const part = join(scratch, 'second-chunk.mp4')
  writeFileSync(part, Buffer.concat([init, ...segments.slice(1)]))
  const graph = `[0:v]trim=start_frame=${plan.segmentFrames},setpts=N,scale=320:180[a];[1:v]setpts=N,scale=320:180[b];[a][b]psnr=shortest=1`
  const log = execFileSync(
    'sh',
    ['-c', 'exec ffmpeg -hide_banner -i "$1" -i "$2" -filter_complex "$3" -f null - 2>&1', 'sh', file, part, graph],
    { encoding: 'utf8' },
  )
  expect(Number(/min:([\d.]+)/.exec(log)?.[1])).toBeGreaterThan(25)
})

test('a picture that ends just before its last chunk is held for one frame; one that ends much earlier is cut off', async () => {
  const { plan, source } = await planned(clip('ends.mp4', ...picture(4, '64x64'), ...h264))
  // As if the header had promised a little more, or far more, than there is.
  const little = {
    ...plan,
    expectedFrames: 121,
    chunks: [
      { index: 0, startFrame: 0, endFrame: 120 },
      { index: 1, startFrame: 120, endFrame: null },
    ],
  }
  const { made, whole } = await encodeChunks(little, source)
  expect(made.map(({ frames }) => frames)).toEqual([120, 1])
  const file = join(scratch, 'held.mp4')
  writeFileSync(file, whole)
  expect(decodedFrames(file)).toHaveLength(121)

  for (const chunk of [
    { index: 1, startFrame: 240, endFrame: 360 },
    { index: 1, startFrame: 120, endFrame: null },
    { index: 1, startFrame: 60, endFrame: 180 },
  ]) {
    const task = chunkTask({ ...plan, expectedFrames: 600 }, chunk)
    await expect(encodeChunk(source.context(task), task)).rejects.toMatchObject({ class: 'permanent', reason: 'source_truncated' })
  }
})
