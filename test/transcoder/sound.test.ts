import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ChunkManifest } from '../../shared/src/encode.ts'
import type { AudioTask } from '../../shared/src/job.ts'
import { initKey, segmentKey } from '../../shared/src/objectKeys.ts'
import { segmentCipher } from '../../transcoder/src/media/cmaf/encrypt.ts'
import { encodeAudio } from '../../transcoder/src/steps/audio.ts'
import { clip, decodedFrames, h264, keys, picture, planned, scratch, sound } from './support.ts'

async function make(file: string, at = 0) {
  const { plan, source } = await planned(file)
  const stream = plan.audio[at]!
  const task: AudioTask = { kind: 'audio', plan, stream, keys: keys(9) }
  const commits: { manifest: ChunkManifest; final: boolean }[] = []
  await encodeAudio(source.context(task), task, async (manifest, final) => void commits.push(structuredClone({ manifest, final })))
  const made = commits.at(-1)!.manifest.renditions[stream.name]!
  const cipher = segmentCipher(keys(9))
  const parts = made.segments.map((_, index) =>
    cipher.decrypt(source.store.objects.get(segmentKey(source.encodeId, stream.name, 0, 1, index)) as Uint8Array, index),
  )
  const out = join(scratch, `${source.encodeId}${at}.m4a`)
  writeFileSync(out, Buffer.concat([source.store.objects.get(initKey(source.encodeId, stream.name)) as Uint8Array, ...parts]))
  return { plan, stream, commits, made, out }
}

test.each([
  ['encoded from Opus', 'o.mkv', '-c:a', 'libopus', false],
  ['copied when it is fit AAC', 'c.mp4', '-c:a', 'aac', true],
])('sound is %s, in segments near four seconds, without a gap', async (_, name, option, codec, copied) => {
  const { stream, commits, made, out } = await make(clip(name, ...picture(13, '320x180'), ...sound(13), ...h264, option, codec))
  expect(stream.copy).toBe(copied)
  expect(stream.startsAtZero).toBe(true)
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
  expect(plan.audio[0]).toMatchObject({ isDefault: true, startsAtZero: false })
  const seconds = made.segments.reduce((sum, { duration }) => sum + duration, 0) / made.timescale
  expect(Math.abs(seconds - 6)).toBeLessThan(0.1)
})

/** Loudness of a sound as ffmpeg's filters see it, in windows of 100 ms: below -60 dB is silence. */
function silentSpans(file: string): [number, number][] {
  const log = execFileSync('sh', ['-c', 'exec ffmpeg -hide_banner -nostats -i "$1" -af silencedetect=n=-60dB:d=0.2 -f null - 2>&1', 'sh', file], { encoding: 'utf8' })
  const [starts, ends] = ['start', 'end'].map((word) => [...log.matchAll(new RegExp(`silence_${word}: (-?[\\d.]+)`, 'g'))].map((match) => Number(match[1])))
  return starts!.map((start, at) => [start, ends![at] ?? Number.POSITIVE_INFINITY])
}

const withHole = (name: string, ...codec: string[]) => {
  const whole = clip(`whole-${name}`, ...picture(7, '64x64'), ...sound(6), ...h264, ...codec)
  return clip(name, '-i', whole, '-map', '0', '-c', 'copy', '-bsf:a', 'noise=drop=between(pts*tb\\,2\\,4)')
}

test.each([
  ['copied', 'hole-copied.mp4', ['-c:a', 'aac'], true],
  ['encoded', 'hole-encoded.mkv', ['-c:a', 'libopus'], false],
])('a hole in %s sound is filled with silence, and so is what is missing at the end', async (_, name, codec, copied) => {
  const { stream, made, out } = await make(withHole(name, ...codec))
  expect(stream.copy).toBe(copied)
  const total = made.segments.reduce((sum, { duration }) => sum + duration, 0) / made.timescale
  expect(Math.abs(total - 7)).toBeLessThan(0.1)
  const [hole, end] = silentSpans(out)
  expect(Math.abs(hole![0] - 2)).toBeLessThan(0.15)
  expect(Math.abs(hole![1] - 4)).toBeLessThan(0.15)
  expect(Math.abs(end![0] - 6)).toBeLessThan(0.15)
  const times = decodedFrames(out, 'a:0')
  times.slice(1).forEach((time, at) => expect(Math.abs(time - times[at]! - 1024 / made.timescale)).toBeLessThan(0.025))
})

test('5.1 is kept beside stereo, as a stream of its own; both are measured', async () => {
  const file = clip('surround.mkv', ...picture(5, '64x64'), '-f', 'lavfi', '-i', 'sine=f=440:r=48000:d=5', '-filter_complex', '[1:a]pan=5.1|c0=c0|c1=c0|c2=c0|c3=0*c0|c4=c0|c5=c0[a]', '-map', '0', '-map', '[a]', ...h264, '-c:a', 'ac3')
  const [stereo, surround] = [await make(file, 0), await make(file, 1)]
  expect([stereo.stream.channels, surround.stream.channels]).toEqual([2, 6])
  expect([stereo.stream.isDefault, surround.stream.isDefault]).toEqual([true, false])
  expect(channelsOf(stereo.out)).toBe(2)
  expect(channelsOf(surround.out)).toBe(6)
  expect(surround.made.segments[0]!.bytes).toBeGreaterThan(2 * stereo.made.segments[0]!.bytes)
  for (const { commits } of [stereo, surround]) expect(commits.at(-1)!.manifest.loudness).toMatchObject({ integratedLufs: expect.any(Number) })
})

const channelsOf = (file: string) =>
  Number(execFileSync('ffprobe', ['-v', 'error', '-show_entries', 'stream=channels', '-of', 'csv=p=0', file], { encoding: 'utf8' }))

test.each([
  ['copied', 'loud-copied.mp4', ['-c:a', 'aac']],
  ['encoded', 'loud-encoded.mkv', ['-c:a', 'flac']],
])('the loudness of %s sound is measured: a tone at a known level', async (_, name, codec) => {
  // A sine of 997 Hz with its peak at -20 dBFS on two channels has -20 LUFS (EBU Tech 3341, case 1 and 2, by 3 dB).
  const { commits } = await make(clip(name, '-f', 'lavfi', '-i', 'sine=f=997:r=48000:d=5', '-af', 'volume=-1.938dB,pan=stereo|c0=c0|c1=c0', ...codec))
  const { loudness } = commits.at(-1)!.manifest
  expect(Math.abs(loudness!.integratedLufs + 20)).toBeLessThan(1)
  expect(Math.abs(loudness!.truePeakDbtp + 20)).toBeLessThan(1)
  expect(loudness?.rangeLu).toBeLessThan(0.5)
  for (const { manifest, final } of commits.slice(0, -1)) expect({ final, loudness: manifest.loudness }).toEqual({ final: false, loudness: undefined })
})

test.each([
  ['mono PCM at 8 kHz', 'pcm.wav', ['-f', 'lavfi', '-i', 'sine=d=5:r=8000'], ['-c:a', 'pcm_s16le'], 5],
  ['FLAC at 192 kHz', 'high.flac', ['-f', 'lavfi', '-i', 'sine=d=5:r=192000'], ['-c:a', 'flac', '-sample_fmt', 's32'], 5],
  ['Vorbis', 'vorbis.ogg', sound(5), ['-c:a', 'libvorbis', '-ac', '2'], 5],
  ['E-AC-3', 'eac3.ts', sound(5), ['-c:a', 'eac3'], 5],
  ['AC-3', 'ac3.ts', sound(5), ['-c:a', 'ac3'], 5],
  ['MP3 whose header tells no duration', 'vbr.mp3', sound(5), ['-c:a', 'libmp3lame', '-q:a', '9', '-write_xing', '0'], 5],
  ['AAC without a container', 'bare.aac', sound(5), ['-c:a', 'aac'], 5],
  ['0.3 s of sound', 'blink.m4a', sound(0.3), ['-c:a', 'aac'], 0.3],
  ['silence', 'silence.wav', ['-f', 'lavfi', '-i', 'anullsrc=d=5'], [], 5],
])('%s alone becomes AAC of its length', async (name, file, input, codec, length) => {
  const { plan, commits, made, out } = await make(clip(file, ...input, ...codec))
  expect(plan).toMatchObject({ video: [], chunks: [] })
  expect(plan.durationSeconds).toBeCloseTo(length, 0)
  const total = made.segments.reduce((sum, { duration }) => sum + duration, 0) / made.timescale
  expect(Math.abs(total - length)).toBeLessThan(0.12)
  expect(decodedFrames(out, 'a:0').length).toBeGreaterThan(0)
  // EBU R 128 measures blocks of 0.4 s: silence and what is shorter have no loudness.
  const { loudness } = commits.at(-1)!.manifest
  if (name === 'silence' || length < 0.4) expect(loudness).toBeNull()
  else expect(loudness).toMatchObject({ integratedLufs: expect.any(Number), rangeLu: expect.any(Number), truePeakDbtp: expect.any(Number) })
})

test('sound with negative timestamps keeps its place', async () => {
  const file = clip('negative.mkv', ...picture(5, '64x64'), '-itsoffset', '-0.5', ...sound(5), '-map', '0', '-map', '1', ...h264, '-c:a', 'flac', '-avoid_negative_ts', 'disabled')
  const { plan, made } = await make(file)
  const total = made.segments.reduce((sum, { duration }) => sum + duration, 0) / made.timescale
  expect(Math.abs(total - plan.durationSeconds)).toBeLessThan(0.6)
})
