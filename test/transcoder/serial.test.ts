/** Chunked output equals serial output: the same frames at the same times, no visible join, no audible one. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ChunkManifest, EncodePlan } from '../../shared/src/encode.ts'
import { initKey, segmentKey } from '../../shared/src/objectKeys.ts'
import { encodeAudio } from '../../transcoder/src/steps/audio.ts'
import { encodeChunk } from '../../transcoder/src/steps/encode.ts'
import { chunkTask, clip, decodedFrames, h264, picture, planned, scratch } from './support.ts'

type Source = Awaited<ReturnType<typeof planned>>['source']

/** Encodes the plan's chunks into one file of its smallest rung. */
async function encodeInto(name: string, plan: EncodePlan, source: Source): Promise<string> {
  const rung = plan.video.at(-1)!
  const parts: Uint8Array[] = []
  for (const chunk of plan.chunks) {
    const task = { ...chunkTask(plan, chunk), rungs: [rung] }
    const { renditions } = await encodeChunk(source.context(task), task)
    renditions[rung.name]!.segments.forEach((_, at) => parts.push(source.store.objects.get(segmentKey(source.encodeId, rung.name, chunk.index, 1, at))!))
  }
  const file = join(scratch, name)
  writeFileSync(file, Buffer.concat([source.store.objects.get(initKey(source.encodeId, rung.name))!, ...parts]))
  return file
}

/** Structural similarity of each frame of `file` to the source on the plan's grid. */
function similarities(file: string, original: string, plan: EncodePlan): number[] {
  const { width, height } = plan.video.at(-1)!
  const stats = join(scratch, 'ssim.txt')
  const grid = `[1:v]fps=${plan.frameRate.num}/${plan.frameRate.den}:start_time=0,scale=${width}:${height}:flags=bicubic,setsar=1,format=yuv420p,setpts=N[b]`
  execFileSync('ffmpeg', ['-v', 'error', '-i', file, '-copyts', '-start_at_zero', '-i', original, '-filter_complex', `[0:v]setpts=N[a];${grid};[a][b]ssim=shortest=1:stats_file=${stats}`, '-f', 'null', '-'])
  return [...readFileSync(stats, 'utf8').matchAll(/All:([\d.]+)/g)].map(([, value]) => Number(value))
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
/** Frames on each side of a join that are looked at. */
const NEAR = 5
const WORSE_AT_JOINS = 0.005

const ntsc = picture(13, '320x180').map((one) => one.replace('r=30', 'r=30000/1001'))
const openGops = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-bf', '3', '-g', '75', '-x264-params', 'open-gop=1:scenecut=0']
const uneven = ['-vf', "select='not(eq(mod(n,7),3))'", '-fps_mode', 'vfr']

test.each([
  ['30 fps', 'even.mp4', [...picture(13, '320x180'), ...h264]],
  ['29.97 fps', 'ntsc.mp4', [...ntsc, ...h264]],
  ['25 fps', 'pal.mp4', [...picture(13, '320x180', 25), ...h264]],
  ['a variable frame rate', 'vfr.mkv', [...picture(13, '320x180'), ...uneven, ...h264]],
  ['open GOPs', 'open.mp4', [...picture(13, '320x180'), ...openGops]],
  ['portrait', 'portrait.mp4', [...picture(13, '180x320'), ...h264]],
])('%s: chunks have the serial encode’s frames and times, and look no worse where they join', async (_, name, args) => {
  const original = clip(name, ...args)
  const { plan, source } = await planned(original)
  expect(plan.chunks.length).toBeGreaterThan(1)
  const chunked = await encodeInto(`chunked-${name}.mp4`, plan, source)
  const serial = await encodeInto(`serial-${name}.mp4`, { ...plan, chunks: [{ index: 0, startFrame: 0, endFrame: null }] }, source)
  const times = decodedFrames(chunked)
  expect(times).toEqual(decodedFrames(serial))
  // ffprobe counts from the first decode time, which lies before the first picture; the steps are the grid's.
  expect(times).toEqual(times.map((__, at) => expect.closeTo(times[0]! + (at * plan.frameRate.den) / plan.frameRate.num, 5)))
  const [mine, its] = [similarities(chunked, original, plan), similarities(serial, original, plan)]
  expect(mine).toHaveLength(times.length)
  const joins = plan.chunks.slice(1).map(({ startFrame }) => startFrame)
  const isNear = (at: number) => joins.some((join) => at >= join - NEAR && at < join + NEAR)
  const lost = mine.map((similarity, at) => its[at]! - similarity)
  const [near, elsewhere] = [lost.filter((__, at) => isNear(at)), lost.filter((__, at) => !isNear(at))]
  expect(near).toHaveLength(2 * NEAR * joins.length)
  expect(mean(near) - mean(elsewhere)).toBeLessThan(WORSE_AT_JOINS)
  expect(mean(mine.filter((__, at) => !isNear(at))) - mean(mine.filter((__, at) => isNear(at)))).toBeLessThan(WORSE_AT_JOINS)
})

/** Decoded samples, one channel. */
const pcm = (file: string): Int16Array => {
  const bytes = execFileSync('ffmpeg', ['-v', 'error', '-xerror', '-i', file, '-map', '0:a:0', '-ac', '1', '-f', 's16le', '-'], { maxBuffer: 64 * 1024 * 1024 })
  return new Int16Array(Uint8Array.from(bytes).buffer)
}

const firstTime = (file: string) =>
  Number(execFileSync('ffprobe', ['-v', 'error', '-select_streams', 'a:0', '-show_entries', 'packet=pts_time', '-read_intervals', '%+#1', '-of', 'csv=p=0', file], { encoding: 'utf8' }).split('\n')[0])

test.each([
  ['encoded', 'sweep.mkv', ['-c:a', 'flac'], ['-c:a', 'aac', '-b:a', '128k']],
  ['copied', 'sweep.mp4', ['-c:a', 'aac', '-b:a', '128k'], ['-c:a', 'copy']],
])('%s sound, put together from its segments, is sample by sample the sound of a whole-file encode', async (_, name, codec, whole) => {
  // A sweep: a sample lost or doubled anywhere moves all that follows.
  const sweep = ['-f', 'lavfi', '-i', 'aevalsrc=0.5*sin(2*PI*(200+100*t)*t)|0.5*sin(2*PI*(300+50*t)*t):s=48000:d=13']
  const original = clip(name, ...picture(13, '64x64'), ...sweep, ...h264, ...codec)
  const { plan, source } = await planned(original)
  const stream = plan.audio[0]!
  const task = { kind: 'audio', plan, stream, keys: null } as const
  const commits: ChunkManifest[] = []
  await encodeAudio(source.context(task), task, async (manifest) => void commits.push(manifest))
  const { segments } = commits.at(-1)!.renditions[stream.name]!
  expect(segments.length).toBeGreaterThan(3)
  const parts = segments.map((__, at) => source.store.objects.get(segmentKey(source.encodeId, stream.name, 0, 1, at))!)
  const joined = join(scratch, `joined-${name}.mp4`)
  writeFileSync(joined, Buffer.concat([source.store.objects.get(initKey(source.encodeId, stream.name))!, ...parts]))
  // What is fragmented keeps the encoder's priming, before time zero by its edit list.
  const priming = Math.round(-48_000 * firstTime(joined))
  expect(priming).toBe(1024)
  const [mine, its] = [pcm(joined).subarray(priming), pcm(clip(`whole-${name}.mp4`, '-i', original, '-map', '0:a:0', ...whole))]
  // Only the last frame may be filled up with silence.
  expect(Math.abs(mine.length - its.length)).toBeLessThanOrEqual(1024)
  const length = Math.min(mine.length, its.length)
  expect(length).toBeGreaterThan(12.9 * 48_000)
  expect(mine.subarray(0, length).findIndex((sample, at) => Math.abs(sample - its[at]!) > 1)).toBe(-1)
})
