/** Each container and bare stream that docs/inputs.md names, taken to its first chunk: nothing of it is lost on the way. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { probe } from '../../transcoder/src/media/probe.ts'
import { encodeAudio } from '../../transcoder/src/steps/audio.ts'
import { encodeChunk } from '../../transcoder/src/steps/encode.ts'
import { chunkTask, clip, h264, openSource, picture, planned, scratch, sound, tools } from './support.ts'

const small = picture(2, '64x64', 25)
const vp8 = ['-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8']

test.each([
  ['MP4 with its index in front', 'front.mp4', [...small, ...h264, '-movflags', '+faststart'], true],
  ['MP4 with its index at the end', 'end.mp4', [...small, ...h264], true],
  ['MP4 in fragments', 'fragments.mp4', [...small, ...h264, '-g', '10', '-movflags', '+frag_keyframe+empty_moov'], true],
  ['MOV', 'quick.mov', [...small, '-c:v', 'prores_ks', '-pix_fmt', 'yuv422p10le'], true],
  ['Matroska', 'whole.mkv', [...small, ...h264], true],
  ['WebM', 'whole.webm', [...small, ...vp8], true],
  ['AVI', 'whole.avi', [...small, '-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p'], true],
  ['MXF', 'studio.mxf', [...small, '-c:v', 'mpeg2video'], true],
  ['MPEG-TS', 'air.ts', [...small, ...h264], false],
  ['MPEG-PS', 'disc.mpg', [...small, '-c:v', 'mpeg2video'], false],
  ['FLV', 'flash.flv', [...small, '-c:v', 'flv1'], false],
  ['ASF', 'windows.asf', [...small, '-c:v', 'wmv2'], false],
  ['Ogg', 'theora.ogv', [...small, '-c:v', 'libtheora'], false],
  ['IVF', 'bare.ivf', [...small, ...vp8], true],
// Thirty frames a second were put in; a stream that does not say so gets 25.
  ['raw HEVC that tells no rate', 'bare.hevc', ['-f', 'lavfi', '-i', 'testsrc2=s=64x64:r=30', '-frames:v', '50', '-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=error:vui-timing-info=0'], true],
  ['raw MPEG-4', 'bare.m4v', [...small, '-c:v', 'mpeg4', '-f', 'm4v'], true],
])('%s: every frame is there, and its index is trusted as far as it goes', async (name, file, args, indexed) => {
  const { media, plan, source } = await planned(clip(file, ...args))
  expect([media.indexed, plan.source.remux ?? false]).toEqual([indexed, !indexed])
  if (name.startsWith('raw')) expect(plan.frameRate).toEqual({ num: 25, den: 1 })
  const task = chunkTask(plan, plan.chunks[0]!)
  const { frames } = await encodeChunk(source.context(task), task)
  // Streams of a broadcast leave it open by a frame where the picture ends.
  expect(Math.abs(frames - 50)).toBeLessThanOrEqual(indexed ? 0 : 1)
})

test('more than 64 streams of Matroska fail for good as too_many_streams; attachments beyond the 64th do not count', async () => {
  const probeFile = async (file: string) => {
    const source = await openSource(file)
    return probe(tools, source.url, source.sizeBytes, source.signal)
  }
  const tone = ['-f', 'lavfi', '-i', 'sine=d=0.2:r=8000']
  const font = join(scratch, 'font.ttf')
  writeFileSync(font, 'no font')
  const streams = clip('streams.mkv', ...tone, ...Array.from({ length: 65 }, () => ['-map', '0']).flat(), '-c:a', 'pcm_s16le')
  await expect(probeFile(streams)).rejects.toMatchObject({ class: 'permanent', reason: 'too_many_streams' })
  const attachments = clip('attachments.mkv', ...tone, '-c:a', 'pcm_s16le', ...Array.from({ length: 70 }, (_, at) => ['-attach', font, `-metadata:s:t:${at}`, 'mimetype=application/x-truetype-font']).flat())
  expect((await probeFile(attachments)).audio).toHaveLength(1)
})

test('a picture that cannot be decoded fails for good as picture_unreadable', async () => {
  const bytes = readFileSync(clip('spoilt.mkv', ...small, '-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p'))
  // No frame begins as a JPEG picture does any more (ITU-T T.81, B.2.2).
  for (let at = bytes.indexOf('ffc0', 0, 'hex'); at >= 0; at = bytes.indexOf('ffc0', at + 2, 'hex')) bytes.fill(0, at, at + 19)
  const file = join(scratch, 'spoilt-frames.mkv')
  writeFileSync(file, bytes)
  await expect(planned(file)).rejects.toMatchObject({ class: 'permanent', reason: 'picture_unreadable' })
})

test('sound that cannot be decoded fails its own job for good as sound_unreadable; the picture is made all the same', async () => {
  const whole = clip('to-spoil.mkv', ...small, ...sound(2), ...h264, '-c:a', 'ac3')
  const file = clip('spoilt-sound.mkv', '-i', whole, '-map', '0', '-c', 'copy', '-bsf:a', 'noise=amount=1')
  const { plan, source } = await planned(file)
  const audio = { kind: 'audio' as const, plan, stream: plan.audio[0]!, keys: null }
  await expect(encodeAudio(source.context(audio), audio, async () => {})).rejects.toMatchObject({ class: 'permanent', reason: 'sound_unreadable' })
  const task = chunkTask(plan, plan.chunks[0]!)
  expect((await encodeChunk(source.context(task), task)).frames).toBe(50)
})

test('a picture that starts late has its first frame held; sound keeps its place beside it', async () => {
  const file = clip('late-picture.mkv', ...sound(4), '-itsoffset', '1', ...picture(3, '64x64', 25), '-map', '1', '-map', '0', ...h264, '-c:a', 'flac')
  const { plan, source } = await planned(file)
  const task = chunkTask(plan, plan.chunks[0]!)
  const { frames } = await encodeChunk(source.context(task), task)
  expect([frames, plan.expectedFrames]).toEqual([100, 100])
})

test('a cover beside moving pictures is not taken for them', async () => {
  const cover = clip('cover-beside.png', ...picture(1, '200x100'), '-frames:v', '1')
  const moving = clip('to-cover.mp4', ...small, ...sound(2), ...h264, '-c:a', 'aac')
  const { media, plan, source } = await planned(clip('covered.mp4', '-i', cover, '-i', moving, '-map', '0', '-map', '1', '-c', 'copy', '-disposition:v:0', 'attached_pic'))
  expect([media.video?.codec, plan.video.map(({ name }) => name)]).toEqual(['h264', ['v64']])
  const task = chunkTask(plan, plan.chunks[0]!)
  expect((await encodeChunk(source.context(task), task)).frames).toBe(50)
})

test('a picture every ten seconds becomes one a second', async () => {
  const { plan } = await planned(clip('lapse.mp4', '-f', 'lavfi', '-i', 'testsrc2=s=64x64:r=1/10:d=60', ...h264))
  expect(plan.frameRate).toEqual({ num: 1, den: 1 })
})
