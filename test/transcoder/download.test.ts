/** The finished encode as one MP4: copied, never encoded again. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { EncodePlan } from '../../shared/src/encode.ts'
import type { DownloadTask, StoredStream } from '../../shared/src/job.ts'
import { initKey, segmentKey } from '../../shared/src/objectKeys.ts'
import { segmentCipher } from '../../transcoder/src/media/cmaf/encrypt.ts'
import { encodeAudio } from '../../transcoder/src/steps/audio.ts'
import { makeDownload } from '../../transcoder/src/steps/download.ts'
import { encodeChunk } from '../../transcoder/src/steps/encode.ts'
import { chunkTask, clip, decodedFrames, h264, keys, type openSource, picture, planned, scratch, sound } from './support.ts'

type Source = Awaited<ReturnType<typeof openSource>>
const KEY = 'vod/enc/download/1-0123456789abcdef0123456789abcdef.mp4'

/** Encodes everything of a clip; answers the task that makes a file of it. */
async function encoded(file: string, encrypted: boolean): Promise<{ plan: EncodePlan; source: Source; task: DownloadTask }> {
  const { plan, source } = await planned(file)
  const secrets = encrypted ? keys(9) : null
  const [rung, stream] = [plan.video[0], plan.audio.find(({ isDefault }) => isDefault)]
  const stored = (name: string): StoredStream => ({ name, initKey: initKey(source.encodeId, name), segmentKeys: [] })
  const [seen, heard] = [rung ? stored(rung.name) : null, stream ? stored(stream.name) : null]
  for (const chunk of plan.chunks) {
    const work = chunkTask(plan, chunk, secrets)
    const { renditions } = await encodeChunk(source.context(work), work)
    renditions[rung!.name]!.segments.forEach((_, at) => seen!.segmentKeys.push(segmentKey(source.encodeId, rung!.name, chunk.index, 1, at)))
  }
  if (stream) {
    const work = { kind: 'audio' as const, plan, stream, keys: secrets }
    await encodeAudio(source.context(work), work, async ({ renditions }, final) => {
      if (final) renditions[stream.name]!.segments.forEach((_, at) => heard!.segmentKeys.push(segmentKey(source.encodeId, stream.name, 0, 1, at)))
    })
  }
  const sizeBytes = [...source.store.objects].reduce((sum, [key, { length }]) => sum + (key.endsWith('.m4s') ? length : 0), 0)
  return { plan, source, task: { kind: 'download', key: KEY, sizeBytes, durationSeconds: plan.durationSeconds, picture: seen, sound: heard, keys: secrets } }
}

/** The file as it was stored. */
async function downloaded({ source, task }: { source: Source; task: DownloadTask }): Promise<string> {
  const file = join(scratch, `${source.encodeId}.download.mp4`)
  const size = await makeDownload(source.context(task), task)
  writeFileSync(file, source.store.objects.get(KEY)!)
  expect(readFileSync(file)).toHaveLength(size)
  return file
}

/** A stored stream put together by hand. */
function joined({ source, task }: { source: Source; task: DownloadTask }, { name, initKey, segmentKeys }: StoredStream): string {
  const file = join(scratch, `${source.encodeId}-${name}.mp4`)
  const cipher = task.keys && segmentCipher(task.keys)
  const segments = segmentKeys.map((key, number) => (cipher ? cipher.decrypt(source.store.objects.get(key)!, number) : source.store.objects.get(key)!))
  writeFileSync(file, Buffer.concat([source.store.objects.get(initKey)!, ...segments]))
  return file
}

const packets = (file: string, stream: string) => execFileSync('ffmpeg', ['-v', 'error', '-i', file, '-map', `0:${stream}`, '-c', 'copy', '-f', 'md5', '-'], { encoding: 'utf8' })
/** Digest of each stretch of sound with the time it is heard at, from zero on: what a player plays. */
const heardAt = (file: string) =>
  execFileSync('ffmpeg', ['-v', 'error', '-copyts', '-i', file, '-map', '0:a:0', '-c:a', 'pcm_s16le', '-f', 'framemd5', '-'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => /^0, +\d/.test(line))
const streams = (file: string) =>
  (JSON.parse(execFileSync('ffprobe', ['-v', 'error', '-of', 'json', '-show_streams', file], { encoding: 'utf8' })) as { streams: { codec_name: string; width?: number; height?: number; start_time: string }[] }).streams

test.each([
  ['encrypted', 'encrypted.mp4', true, 30],
  ['unencrypted, at 30000/1001 frames a second,', 'clear.mp4', false, 29.97],
])('an %s encode becomes one MP4 with its index in front: every frame of its highest rung and its sound, copied', async (_, name, encrypted, rate) => {
  const picked = picture(14, '640x360').map((one) => (rate === 30 ? one : one.replace('r=30', 'r=30000/1001')))
  const made = await encoded(clip(name, ...picked, ...sound(14), ...h264, '-c:a', 'aac'), encrypted)
  expect(made.plan.video.length).toBeGreaterThan(1)
  const file = await downloaded(made)
  expect(streams(file)).toMatchObject([{ codec_name: 'h264', width: 640, height: 360, start_time: '0.000000' }, { codec_name: 'aac' }])
  const bytes = readFileSync(file).toString('latin1')
  expect(bytes.indexOf('moov')).toBeLessThan(bytes.indexOf('mdat'))
  expect(bytes).not.toContain('moof')
  const { num, den } = made.plan.frameRate
  const times = decodedFrames(file)
  expect(times).toHaveLength(made.plan.expectedFrames)
  times.forEach((time, frame) => expect(Math.abs(time - (frame * den) / num)).toBeLessThan(0.001))
  expect(packets(file, 'v:0')).toBe(packets(joined(made, made.task.picture!), 'v:0'))
  expect(packets(file, 'a:0')).toBe(packets(joined(made, made.task.sound!), 'a:0'))
  expect(heardAt(file)).toEqual(heardAt(joined(made, made.task.sound!)))
})

test('sound alone becomes an MP4 with sound alone', async () => {
  const made = await encoded(clip('song.m4a', ...sound(9), '-c:a', 'aac'), true)
  const file = await downloaded(made)
  expect(streams(file)).toMatchObject([{ codec_name: 'aac' }])
  expect(decodedFrames(file, 'a:0').at(-1)).toBeCloseTo(9, 1)
})

test('a picture without sound becomes an MP4 without sound', async () => {
  const made = await encoded(clip('silent.mp4', ...picture(5, '320x180'), ...h264), true)
  expect(streams(await downloaded(made))).toMatchObject([{ codec_name: 'h264' }])
})

test('a segment that cannot be read, in the middle or at the end, makes no shorter file: the work is tried again', async () => {
  const made = await encoded(clip('gone.mp4', ...picture(14, '320x180'), ...sound(14), ...h264, '-c:a', 'aac'), true)
  const last = made.task.picture!.segmentKeys.at(-1)!
  for (const key of [made.task.picture!.segmentKeys[1]!, last, made.task.sound!.segmentKeys.at(-1)!]) {
    const bytes = made.source.store.objects.get(key)!
    made.source.store.objects.delete(key)
    await expect(makeDownload(made.source.context(made.task), made.task)).rejects.toMatchObject({ class: 'retryable', reason: 'source_unreadable' })
    expect(made.source.store.objects.has(KEY)).toBe(false)
    made.source.store.objects.set(key, bytes)
  }
  await downloaded(made)
})

test('a host without room for the file says so before it begins', async () => {
  const made = await encoded(clip('large.mp4', ...picture(3, '128x96'), ...h264), true)
  await expect(makeDownload(made.source.context(made.task), { ...made.task, sizeBytes: 2 ** 60 })).rejects.toMatchObject({ class: 'retryable', reason: 'disk_full' })
})
