import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ImagesTask, PosterTask } from '../../shared/src/job.ts'
import { imageKey, initKey, segmentKey } from '../../shared/src/objectKeys.ts'
import { encodeChunk } from '../../transcoder/src/steps/encode.ts'
import { makeImages } from '../../transcoder/src/steps/images.ts'
import { makePoster } from '../../transcoder/src/steps/poster.ts'
import { chunkTask, clip, h264, keys, picture, planned, scratch, sound, tools } from './support.ts'

test('poster and storyboard are read back from the encrypted encode', async () => {
  const { plan, source } = await planned(clip('images.mp4', ...picture(11, '640x360'), ...h264))
  const stored: Record<string, string[]> = {}
  for (const chunk of plan.chunks) {
    const task = chunkTask(plan, chunk, keys(2))
    const { renditions } = await encodeChunk(source.context(task), task)
    for (const [name, { segments }] of Object.entries(renditions)) {
      stored[name] = [...(stored[name] ?? []), ...segments.map((_, index) => segmentKey(source.encodeId, name, chunk.index, 1, index))]
    }
  }
  const rendition = (name: string) => {
    const rung = plan.video.find((one) => one.name === name)!
    return { name, width: rung.width, height: rung.height, initKey: initKey(source.encodeId, name), segmentKeys: stored[name]! }
  }
  const task: ImagesTask = { kind: 'images', plan, smallest: rendition('v240'), highest: rendition('v360'), keys: keys(2) }
  const images = await makeImages(source.context(task), task)
  expect(images.poster).toMatchObject({ width: 640, height: 360 })
  expect(images.storyboard).toMatchObject({ sheets: 1, tiles: 6, intervalSeconds: 2, tileWidth: 160, tileHeight: 90 })
  for (const name of ['poster.jpg', 'storyboard-0.jpg']) {
    const jpeg = source.store.objects.get(imageKey(source.encodeId, 1, name)) as Uint8Array
    expect(Buffer.from(jpeg.subarray(0, 3)).toString('hex')).toBe('ffd8ff')
  }
})

test('a poster is the very frame that was asked for, of an encrypted segment and of a clear one', async () => {
  // Frame n is as bright as n tells.
  const ramp = ['-f', 'lavfi', '-i', "color=black:s=320x180:r=30:d=6,format=gray,geq=lum='20+N'"]
  const { plan, source } = await planned(clip('ramp.mp4', ...ramp, ...h264, '-qp', '10'))
  const [rung] = plan.video
  for (const secrets of [keys(2), null]) {
    const names: string[] = []
    for (const chunk of plan.chunks) {
      const task = chunkTask(plan, chunk, secrets)
      const { renditions } = await encodeChunk(source.context(task), task)
      renditions[rung!.name]!.segments.forEach((_, at) => names.push(segmentKey(source.encodeId, rung!.name, chunk.index, 1, at)))
    }
    for (const [segment, frame] of [[0, 0], [0, 1], [0, 77], [1, 0], [1, 59]] as const) {
      const stored = { name: rung!.name, width: rung!.width, height: rung!.height, initKey: initKey(source.encodeId, rung!.name), segmentKeys: [names[segment]!] }
      const task: PosterTask = { kind: 'poster', key: 'posters/vid/one.jpg', rung: stored, segment, frame, keys: secrets }
      expect(await makePoster(source.context(task), task)).toMatchObject({ width: 320, height: 180, bytes: source.store.objects.get(task.key)!.length })
      const file = join(scratch, 'one.jpg')
      writeFileSync(file, source.store.objects.get(task.key)!)
      const pixels = execFileSync('ffmpeg', ['-v', 'error', '-i', file, '-vf', 'scale=1:1,format=gray', '-f', 'rawvideo', '-'])
      // Up to one step of rounding on the way through limited and full range.
      expect(Math.abs(pixels[0]! - fullRange(20 + segment * 120 + frame))).toBeLessThanOrEqual(1)
    }
  }
})

/** Brightness of a picture's limited range as a JPEG keeps it. */
const fullRange = (limited: number) => ((limited - 16) * 255) / 219

test('a long video gets wider steps, so that its storyboard stays small', async () => {
  const { plan, source } = await planned(clip('images-long.mp4', ...picture(1205, '64x64', 5), ...h264))
  const task = chunkTask(plan, { index: 0, startFrame: 0, endFrame: null })
  const { renditions } = await encodeChunk(source.context(task), task)
  const segmentKeys = renditions.v64!.segments.map((_, index) => segmentKey(source.encodeId, 'v64', 0, 1, index))
  expect(segmentKeys).toHaveLength(302)
  const rendition = { name: 'v64', width: 64, height: 64, initKey: initKey(source.encodeId, 'v64'), segmentKeys }
  // Of twenty minutes one frame is decoded for the poster, and keyframes alone for the storyboard.
  const said = join(scratch, 'asked-of-ffmpeg')
  const ffmpeg = join(scratch, 'telling-ffmpeg')
  writeFileSync(ffmpeg, `#!/bin/sh\necho "$*" >> ${said}\nexec ffmpeg "$@"\n`, { mode: 0o755 })
  const images = await makeImages({ ...source.context(task), tools: { ...tools, ffmpeg } }, { kind: 'images', plan, smallest: rendition, highest: rendition, keys: null })
  expect(images.storyboard).toMatchObject({ sheets: 2, tiles: 151, intervalSeconds: 8 })
  const asked = readFileSync(said, 'utf8').trim().split('\n')
  expect(asked).toEqual([expect.stringContaining('-frames:v 1 '), expect.stringMatching(/-skip_frame nokey .*-i .*storyboard/)])
})

test.each([
  ['its cover', ['-i', 'COVER', '-map', '0:a', '-map', '1:v', '-c:v', 'copy', '-disposition:v:0', 'attached_pic'], { width: 200, height: 100 }],
  ['its waveform, where it has no cover', ['-map', '0:a'], { width: 1280, height: 720 }],
])('sound alone gets a poster: %s', async (_, args, size) => {
  const cover = clip('cover.png', ...picture(1, '200x100'), '-frames:v', '1')
  const file = clip(`cover-${size.width}.m4a`, ...sound(3), ...args.map((arg) => (arg === 'COVER' ? cover : arg)), '-c:a', 'aac')
  const { plan, source } = await planned(file)
  expect(plan).toMatchObject({ video: [], audio: [{ isDefault: true }] })
  const task: ImagesTask = { kind: 'images', plan, smallest: null, highest: null, keys: null }
  const images = await makeImages(source.context(task), task)
  expect(images).toMatchObject({ poster: size, storyboard: null })
  const jpeg = source.store.objects.get(imageKey(source.encodeId, 1, 'poster.jpg')) as Uint8Array
  expect(jpeg).toHaveLength(images.poster.bytes)
  // A plain surface would take far fewer bytes.
  expect(jpeg.length).toBeGreaterThan(4000)
})

test('the waveform is that of the first ten minutes: what comes later is not drawn', async () => {
  const waveOf = async (name: string, loudFrom: number) => {
    const { plan, source } = await planned(clip(name, '-f', 'lavfi', '-i', `aevalsrc=gte(t\\,${loudFrom})*sin(2000*t):s=4000:d=660`))
    const task: ImagesTask = { kind: 'images', plan, smallest: null, highest: null, keys: null }
    await makeImages(source.context(task), task)
    return Buffer.from(source.store.objects.get(imageKey(source.encodeId, 1, 'poster.jpg')) as Uint8Array)
  }
  const silent = await waveOf('silent.wav', 660)
  expect((await waveOf('loud-later.wav', 600)).equals(silent)).toBe(true)
  expect((await waveOf('loud-before.wav', 595)).equals(silent)).toBe(false)
})

test('A28: where a video was taken, by whom and with what is in nothing that is made of it', async () => {
  const told = ['location=+47.3769+008.5417/', 'comment=Zq7mark', 'artist=Zq7mark', 'com.apple.quicktime.model=Zq7mark']
  const file = clip('located.mov', ...picture(2, '320x180'), ...h264, ...told.flatMap((one) => ['-metadata', one]), '-metadata:s:v:0', 'handler_name=Zq7mark', '-metadata:s:v:0', 'encoder=Zq7mark', '-movflags', 'use_metadata_tags')
  const { plan, source } = await planned(file)
  const sourceKeys = new Set(source.store.objects.keys())
  const [rung] = plan.video
  const task = chunkTask(plan, plan.chunks[0]!)
  const { renditions } = await encodeChunk(source.context(task), task)
  const segmentKeys = renditions[rung!.name]!.segments.map((_, at) => segmentKey(source.encodeId, rung!.name, 0, 1, at))
  const rendition = { name: rung!.name, width: rung!.width, height: rung!.height, initKey: initKey(source.encodeId, rung!.name), segmentKeys }
  const images: ImagesTask = { kind: 'images', plan, smallest: rendition, highest: rendition, keys: null }
  await makeImages(source.context(images), images)
  const holds = (bytes: Uint8Array) => /Zq7mark|47\.3769|Exif|ISO6709/.test(Buffer.from(bytes).toString('latin1'))
  const made = [...source.store.objects].filter(([key]) => !sourceKeys.has(key))
  expect(made.length).toBeGreaterThan(2)
  expect([...sourceKeys].map((key) => holds(source.store.objects.get(key)!))).toEqual([true])
  expect(made.filter(([, bytes]) => holds(bytes)).map(([key]) => key)).toEqual([])
})
