import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { proveDecoder, proveEncoders, registered } from '../../transcoder/src/encoders.ts'
import { probe } from '../../transcoder/src/media/probe.ts'
import { encodeChunk } from '../../transcoder/src/steps/encode.ts'
import { chunkTask, clip, h264, openSource, picture, planned, scratch, sound, tools } from './support.ts'

async function probeFile(file: string) {
  const source = await openSource(file)
  return probe(tools, source.url, source.sizeBytes, source.signal)
}

test('the facts of a clip: size, rate, codec, sound with its language as BCP-47', async () => {
  const file = clip('facts.mkv', ...picture(3, '640x360', 25), ...sound(3), ...h264, '-c:a', 'aac', '-metadata:s:a:0', 'language=ger')
  expect(await probeFile(file)).toMatchObject({
    indexed: true,
    video: {
      codec: 'h264',
      width: 640,
      height: 360,
      frameRate: { num: 25, den: 1 },
      rotation: 0,
      interlaced: false,
      transfer: 'sdr',
      bitDepth: 8,
    },
    audio: [{ index: 0, codec: 'aac', channels: 1, language: 'de' }],
  })
})

test('non-square pixels give the display size', async () => {
  const file = clip('sar.mp4', ...picture(1, '720x576'), '-vf', 'setsar=64/45', ...h264)
  expect((await probeFile(file)).video).toMatchObject({ codedWidth: 720, codedHeight: 576, width: 1024, height: 576 })
})

test('a cover picture is no video', async () => {
  const cover = clip('cover.png', ...picture(1, '64x64'), '-frames:v', '1')
  const file = clip(
    'cover.m4a',
    ...sound(2),
    '-i',
    cover,
    '-map',
    '0:a',
    '-map',
    '1:v',
    '-c:a',
    'aac',
    '-c:v',
    'copy',
    '-disposition:v:0',
    'attached_pic',
  )
  expect(await probeFile(file)).toMatchObject({ video: null, audio: [{ codec: 'aac' }] })
})

test.each([
  ['text', 'not_a_video', () => Buffer.from('not a video at all, only words\n'.repeat(200))],
  ['a playlist that points elsewhere', 'not_a_video', () => Buffer.from('#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n')],
  ['a list of files', 'not_a_video', () => Buffer.from("ffconcat version 1.0\nfile 'other.mp4'\nfile '/etc/passwd'\n")],
  ['random bytes', 'not_a_video', () => Buffer.from(Array.from({ length: 50_000 }, (_, at) => (at * 7919) % 251))],
  ['an MP4 whose index is cut off', 'source_truncated', () => readFileSync(clip('cut.mp4', ...picture(3), ...h264)).subarray(0, 20_000)],
])('A41, J20: %s fails for good as %s', async (name, reason, bytes) => {
  const file = join(scratch, `${name.replaceAll(' ', '-')}.mp4`)
  writeFileSync(file, bytes())
  await expect(probeFile(file)).rejects.toMatchObject({ class: 'permanent', reason })
})

test('encoders are proved by encoding, and what fails is told with its cause: a build lists NVENC wherever it runs', async () => {
  const { signal } = new AbortController()
  const proofs = await proveEncoders(tools, signal)
  expect(registered(proofs)).toContainEqual({ name: 'libx264', maxWidth: 8192, maxHeight: 8192 })
  for (const { name, largest, why } of proofs) expect(largest === null, name).toBe(why !== '')
  // Where there is no driver, neither the encoder nor the decoder of a card may be claimed.
  if (existsSync('/dev/nvidiactl')) return
  expect(proofs.filter(({ name, largest }) => name.endsWith('_nvenc') && largest)).toEqual([])
  expect(proofs.find(({ name }) => name === 'h264_nvenc')?.why).toMatch(/libcuda|Unknown encoder/)
  expect(await proveDecoder(tools, mkdtempSync(join(scratch, 'proof-')), signal)).not.toBeNull()
})

test('J20: a file cut off behind an index that promises more fails for good as source_truncated', async () => {
  const whole = readFileSync(clip('faststart.mp4', ...picture(20), ...h264, '-movflags', '+faststart'))
  const file = join(scratch, 'faststart-cut.mp4')
  writeFileSync(file, whole.subarray(0, whole.length * 0.6))
  await expect(probeFile(file)).rejects.toMatchObject({ class: 'permanent', reason: 'source_truncated' })
})

test('a recording without a duration in its header is measured', async () => {
  const file = clip(
    'live.webm',
    ...picture(4, '320x180'),
    ...sound(4),
    '-c:v',
    'libvpx',
    '-deadline',
    'realtime',
    '-cpu-used',
    '8',
    '-c:a',
    'libopus',
    '-live',
    '1',
  )
  const { video, durationSeconds } = await probeFile(file)
  expect(durationSeconds).toBeCloseTo(4, 0)
  expect(video?.durationSeconds).toBeCloseTo(4, 1)
})

test('an interlaced recording is recognised', async () => {
  const file = clip(
    'interlaced.ts',
    ...picture(2, '720x576', 50),
    '-vf',
    'interlace',
    '-c:v',
    'mpeg2video',
    '-flags',
    '+ildct+ilme',
    '-b:v',
    '4M',
  )
  expect((await probeFile(file)).video).toMatchObject({ interlaced: true, frameRate: { num: 25, den: 1 } })
})

test('a header without a single picture or sound fails for good as source_empty', async () => {
  const file = clip('header.mp4', ...picture(1, '64x64'), ...h264, '-t', '0', '-movflags', '+empty_moov')
  await expect(probeFile(file)).rejects.toMatchObject({ class: 'permanent', reason: 'source_empty' })
})

test('J20: a file of 200 streams fails for good as too_many_streams; one of 60 is read', async () => {
  const streams = (count: number) => ['-f', 'lavfi', '-i', 'sine=d=0.2:r=8000', ...Array.from({ length: count }, () => ['-map', '0:0']).flat(), '-c:a', 'pcm_s16le']
  await expect(probeFile(clip('streams-200.mov', ...streams(200)))).rejects.toMatchObject({ class: 'permanent', reason: 'too_many_streams' })
  expect((await probeFile(clip('streams-60.mov', ...streams(60)))).audio).toHaveLength(32)
})

test('J20: a picture of 16k x 16k fails for good as picture_unreadable, without being decoded', async () => {
  const bytes = readFileSync(clip('huge.mov', ...picture(1, '64x64', 2), '-c:v', 'mjpeg'))
  // The size in the frame header of each JPEG picture (ITU-T T.81 B.2.2).
  for (let at = bytes.indexOf('ffc0', 0, 'hex'); at >= 0; at = bytes.indexOf('ffc0', at + 2, 'hex')) bytes.writeUInt32BE(0x40004000, at + 5)
  const file = join(scratch, 'huge-header.mov')
  writeFileSync(file, bytes)
  await expect(probeFile(file)).rejects.toMatchObject({ class: 'permanent', reason: 'picture_unreadable' })
})

test('J20: thirty hours of varying frame rate are probed at once, and fail for good as source_too_long', async () => {
  const file = clip('thirty-hours.mkv', '-f', 'lavfi', '-i', 'testsrc2=s=64x64:r=1/60:d=108000', '-vf', 'setpts=PTS+mod(N\\,7)*3/TB', '-fps_mode', 'vfr', ...h264)
  const begunAt = performance.now()
  await expect(planned(file)).rejects.toMatchObject({ code: 'unprocessable', details: { reason: 'source_too_long' } })
  expect(performance.now() - begunAt).toBeLessThan(60_000)
})

test('J20: a playlist attached to a video is never opened, and the video is made', async () => {
  const playlist = join(scratch, 'evil.m3u8')
  writeFileSync(playlist, '#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n#EXTINF:1,\nhttp://127.0.0.1:9/stolen\n#EXT-X-ENDLIST\n')
  const file = clip('attached.mkv', ...picture(1, '64x64'), ...h264, '-attach', playlist, '-metadata:s:t', 'mimetype=application/vnd.apple.mpegurl')
  const { media, plan, source } = await planned(file)
  expect(media).toMatchObject({ audio: [], subtitles: [] })
  const task = chunkTask(plan, plan.chunks[0]!)
  expect((await encodeChunk(source.context(task), task)).frames).toBe(30)
})

test('J20: nothing at all fails for good as not_a_video', async () => {
  const file = join(scratch, 'nothing.mp4')
  writeFileSync(file, '')
  await expect(probeFile(file)).rejects.toMatchObject({ class: 'permanent', reason: 'not_a_video' })
})

test('interlace that nothing in the file tells of is found by looking, with its field order', async () => {
  const fields = (scan: string) => ['-f', 'lavfi', '-i', 'testsrc2=s=720x576:r=50:d=2', '-vf', `interlace=scan=${scan}:lowpass=off,setfield=prog`, '-c:v', 'ffv1']
  expect((await probeFile(clip('hidden-tff.avi', ...fields('tff')))).video).toMatchObject({ interlaced: true, unmarkedFields: 'tff' })
  expect((await probeFile(clip('hidden-bff.avi', ...fields('bff')))).video).toMatchObject({ interlaced: true, unmarkedFields: 'bff' })
  const whole = clip('whole.avi', '-f', 'lavfi', '-i', 'mandelbrot=s=720x576:r=25', '-t', '2', '-c:v', 'ffv1')
  expect((await probeFile(whole)).video).toMatchObject({ interlaced: false })
})

test('a recording without duration and index ends with its last frame, not with an estimate', async () => {
  const file = clip('live-end.webm', ...picture(7, '64x64'), ...sound(7.4), '-c:v', 'libvpx', '-deadline', 'realtime', '-c:a', 'libopus', '-live', '1')
  const facts = await probeFile(file)
  expect(facts).toMatchObject({ indexed: false })
  expect(facts.video?.durationSeconds).toBeCloseTo(7, 1)
})
