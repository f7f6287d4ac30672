import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ChunkManifest } from '../../shared/src/encode.ts'
import type { AudioTask } from '../../shared/src/job.ts'
import { initKey, segmentKey } from '../../shared/src/objectKeys.ts'
import { segmentCipher } from '../../transcoder/src/media/cmaf/encrypt.ts'
import { encodeAudio } from '../../transcoder/src/steps/audio.ts'
import { clip, decodedFrames, h264, keys, picture, planned, scratch, sound } from './support.ts'

async function make(file: string) {
  const { plan, source } = await planned(file)
  const stream = plan.audio[0]!
  const task: AudioTask = { kind: 'audio', plan, stream, keys: keys(9) }
  const commits: { manifest: ChunkManifest; final: boolean }[] = []
  await encodeAudio(source.context(task), task, async (manifest, final) => void commits.push(structuredClone({ manifest, final })))
  const made = commits.at(-1)!.manifest.renditions.a0!
  const cipher = segmentCipher(keys(9))
  const parts = made.segments.map((_, index) =>
    cipher.decrypt(source.store.objects.get(segmentKey(source.encodeId, 'a0', 0, 1, index)) as Uint8Array, index),
  )
  const out = join(scratch, `${source.encodeId}.m4a`)
  writeFileSync(out, Buffer.concat([source.store.objects.get(initKey(source.encodeId, 'a0')) as Uint8Array, ...parts]))
  return { plan, stream, commits, made, out }
}

test.each([
  ['encoded from Opus', 'o.mkv', '-c:a', 'libopus', false],
  ['copied when it is fit AAC', 'c.mp4', '-c:a', 'aac', true],
])('sound is %s, in segments near four seconds, without a gap', async (_, name, option, codec, copied) => {
  const { stream, commits, made, out } = await make(clip(name, ...picture(13, '320x180'), ...sound(13), ...h264, option, codec))
  expect(stream.copy).toBe(copied)
  expect(made.codecs).toBe('mp4a.40.2')
  expect(commits.map(({ final }) => final)).toEqual([...commits.slice(1).map(() => false), true])
  expect(commits[0]?.manifest.renditions.a0?.segments).toHaveLength(1)
  let end = 0
  made.segments.forEach(({ duration }, at) => {
    end += duration / made.timescale
    if (at < made.segments.length - 1) expect(Math.abs(end - 4 * (at + 1))).toBeLessThan(512 / made.timescale + 1e-6)
  })
  expect(Math.abs(end - 13)).toBeLessThan(0.1)
  expect(readFileSync(out).toString('latin1').split('moof').length - 1).toBe(made.segments.length)
  const times = decodedFrames(out, 'a:0')
  const steps = times.slice(1).map((time, at) => time - times[at]!)
  for (const step of steps) expect(Math.abs(step - 1024 / made.timescale)).toBeLessThan(0.002)
})

test('sound copied from FLV, whose clock ticks in milliseconds, has no gaps either', async () => {
  const { stream, made, out } = await make(
    clip('coarse.flv', ...picture(9, '320x180'), '-f', 'lavfi', '-i', 'sine=f=440:r=44100:d=9', ...h264, '-c:a', 'aac'),
  )
  expect(stream.copy).toBe(true)
  expect(made.timescale).toBe(44100)
  const times = decodedFrames(out, 'a:0')
  times.slice(1).forEach((time, at) => expect(Math.abs(time - times[at]! - 1024 / 44100)).toBeLessThan(0.003))
  expect(made.segments.reduce((sum, { duration }) => sum + duration, 0) / 44100).toBeCloseTo(times.at(-1)! + 1024 / 44100 + 1024 / 44100, 1)
})

test('sound that starts late is given silence in front, so that it stays with its picture', async () => {
  const late = clip(
    'late.mkv',
    ...picture(6, '320x180'),
    '-itsoffset',
    '1.5',
    ...sound(4),
    '-map',
    '0:v',
    '-map',
    '1:a',
    ...h264,
    '-c:a',
    'aac',
  )
  const { made, plan } = await make(late)
  expect(plan.audio[0]?.isDefault).toBe(true)
  const seconds = made.segments.reduce((sum, { duration }) => sum + duration, 0) / made.timescale
  expect(Math.abs(seconds - 5.5)).toBeLessThan(0.1)
})
