/** Sources without an index: one copy of the picture, then every chunk is found at once. */
import { afterAll, expect, test } from 'vitest'
import type { EncodePlan } from '../../shared/src/encode.ts'
import type { JobLease } from '../../shared/src/job.ts'
import { sourceOf } from '../../transcoder/src/runJob.ts'
import { startSourceServer } from '../../transcoder/src/sourceServer.ts'
import { encodeChunk } from '../../transcoder/src/steps/encode.ts'
import { remux } from '../../transcoder/src/steps/remux.ts'
import { chunkTask, clip, h264, picture, planned, sound } from './support.ts'

const server = await startSourceServer()
afterAll(() => server.stop())

const longGops = ['-x264-params', 'keyint=300:scenecut=0:open-gop=1']
const fields = ['-vf', 'interlace', '-c:v', 'mpeg2video', '-flags', '+ildct+ilme', '-bf', '2', '-b:v', '4M']

test.each([
  ['MPEG-TS with GOPs of 10 s', 'long-gop.ts', [...picture(64, '64x64'), ...sound(64), ...h264, ...longGops, '-bf', '3', '-c:a', 'aac']],
  ['a program stream, which leaves timestamps out', 'program.mpg', [...picture(64, '64x64'), '-c:v', 'mpeg2video', '-bf', '2', '-g', '15']],
  ['interlaced MPEG-TS', 'interlaced.ts', [...picture(62, '128x96', 50), ...fields]],
  ['a browser’s recording', 'recording.webm', [...picture(64, '64x64'), '-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '16', '-g', '200', '-live', '1']],
  ['ASF', 'old.asf', [...picture(64, '64x64'), '-c:v', 'wmv2', '-g', '100']],
  ['Ogg', 'free.ogv', [...picture(64, '64x64'), '-c:v', 'libtheora', '-g', '100']],
  ['FLV', 'old.flv', [...picture(64, '64x64'), '-c:v', 'flv1', '-g', '100']],
])('%s: chunks made of the copy are those made of the source from its beginning', async (_, name, args) => {
  const { media, plan, source } = await planned(clip(name, ...args))
  expect(media.indexed).toBe(false)
  expect(plan.source.remux).toBe(true)
  const task = { kind: 'remux', secret: '0123456789abcdef'.repeat(2) } as const
  const bytes = await remux(source.context(task), task)
  const { num, den } = plan.frameRate
  const made = async (of: EncodePlan, start: number) => {
    const task = chunkTask(of, { index: 9, startFrame: start, endFrame: start + plan.gopFrames })
    const context = source.context(task)
    const lease: JobLease = context.lease
    const opened = server.open({ ...sourceOf(lease), store: source.store, signal: source.signal })
    const { frames, renditions } = await encodeChunk({ ...context, sourceUrl: opened.url, checkSource: opened.check }, task)
    return { frames, digests: Object.values(renditions).map(({ segments }) => segments.map(({ sha256 }) => sha256)) }
  }
  // Without the copy: before the first minute is over decoded from the beginning; behind it, where a copy was not to be had, from as near as finds every frame.
  for (const second of [56, 60]) {
    const start = Math.ceil((second * num) / den / plan.segmentFrames) * plan.segmentFrames
    const copied = await made({ ...plan, source: { ...plan.source, remuxed: { epoch: 1, bytes, secret: task.secret } } }, start)
    expect(copied.frames).toBe(plan.gopFrames)
    expect(copied).toEqual(await made(plan, start))
  }
})
