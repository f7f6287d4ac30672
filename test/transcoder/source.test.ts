import { readFileSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import { planEncode } from '../../shared/src/ladder.ts'
import { probe } from '../../transcoder/src/media/probe.ts'
import type { ObjectStore } from '../../transcoder/src/objectStore/port.ts'
import { startSourceServer } from '../../transcoder/src/sourceServer.ts'
import type { StepContext } from '../../transcoder/src/steps/context.ts'
import { encodeAudio } from '../../transcoder/src/steps/audio.ts'
import { encodeChunk } from '../../transcoder/src/steps/encode.ts'
import { chunkTask, clip, h264, memoryStore, openSource, picture, planned, sound, tools } from './support.ts'

const server = await startSourceServer()
afterAll(() => server.stop())
const signal = new AbortController().signal
const MIB = 1024 * 1024
const bytes = Buffer.from(Uint8Array.from({ length: 5 * MIB + 17 }, (_, at) => (at * 31) % 251))

function openBytes() {
  const store = memoryStore()
  store.objects.set('src', bytes)
  return server.open({ key: 'src', sizeBytes: bytes.length, store, signal })
}
/** Stores bytes as objects of these sizes. */
function storedInParts(store: ReturnType<typeof memoryStore>, name: string, whole: Buffer, sizes: readonly number[]) {
  let begin = 0
  return sizes.map((sizeBytes, index) => {
    const key = `${name} ${index}`
    store.objects.set(key, whole.subarray(begin, begin + sizeBytes))
    begin += sizeBytes
    return { key, sizeBytes }
  })
}
const fetchRange = async (url: string, range?: string) => {
  const response = await fetch(url, { headers: range ? { Range: range } : {} })
  return { status: response.status, range: response.headers.get('Content-Range'), body: Buffer.from(await response.arrayBuffer()) }
}

test('a source is served whole and by ranges, also across blocks', async () => {
  const { url } = openBytes()
  expect((await fetchRange(url)).body.equals(bytes)).toBe(true)
  for (const [start, end] of [
    [0, 1],
    [MIB - 1, MIB + 1],
    [10, 3 * MIB],
    [5 * MIB, 5 * MIB + 17],
  ] as const) {
    const answer = await fetchRange(url, `bytes=${start}-${end - 1}`)
    expect(answer).toMatchObject({ status: 206, range: `bytes ${start}-${end - 1}/${bytes.length}` })
    expect(answer.body.equals(bytes.subarray(start, end))).toBe(true)
  }
  expect((await fetchRange(url, `bytes=${5 * MIB}-`)).body).toHaveLength(17)
  expect((await fetchRange(url, `bytes=${bytes.length}-`)).status).toBe(416)
})

test.each([
  ['parts of one size', [2 * MIB, 2 * MIB, MIB + 17]],
  ['unequal parts', [MIB - 1, 3, 3 * MIB + 500, bytes.length - 4 * MIB - 502]],
])('a source stored in %s is served as one, also across their joins', async (_, sizes) => {
  const store = memoryStore()
  const parts = storedInParts(store, 'in parts', bytes, sizes)
  const { url } = server.open({ key: `in parts ${sizes}`, sizeBytes: bytes.length, parts, store, signal })
  expect((await fetchRange(url)).body.equals(bytes)).toBe(true)
  let join = 0
  for (const { sizeBytes } of parts.slice(0, -1)) {
    join += sizeBytes
    expect((await fetchRange(url, `bytes=${join - 5}-${join + 4}`)).body.equals(bytes.subarray(join - 5, join + 5))).toBe(true)
    expect((await fetchRange(url, `bytes=${join}-${join}`)).body.equals(bytes.subarray(join, join + 1))).toBe(true)
  }
})

test('a part that is shorter than it should be breaks the read, and makes no shorter file', async () => {
  const store = memoryStore()
  const parts = storedInParts(store, 'short', bytes, [2 * MIB, bytes.length - 2 * MIB])
  store.objects.set('short 0', bytes.subarray(0, 2 * MIB - 1))
  const opened = server.open({ key: 'short parts', sizeBytes: bytes.length, parts, store, signal })
  await expect(fetchRange(opened.url)).rejects.toThrow()
  expect(() => opened.check()).toThrow(expect.objectContaining({ class: 'retryable', reason: 'source_unreadable' }))
})

test.each([
  ['MP4 with its index at the end', 'parts.mp4', ['-c:a', 'aac']],
  ['MPEG-TS', 'parts.ts', ['-c:a', 'aac']],
])('%s in three uneven objects gives the facts, the frames and the sound of the file in one', async (_, name, args) => {
  const file = clip(name, ...picture(9, '320x180'), ...sound(9), ...h264, ...args)
  const whole = await planned(file)
  const stored = readFileSync(file)
  const sizes = [Math.floor(stored.length / 7), Math.floor(stored.length / 2) + 1]
  const parts = storedInParts(whole.source.store, 'clip', stored, [...sizes, stored.length - sizes[0]! - sizes[1]!])
  const opened = server.open({ key: `${name} in parts`, sizeBytes: stored.length, parts, store: whole.source.store, signal })
  expect(await probe(tools, opened.url, stored.length, signal)).toEqual(whole.media)
  const { plan, source } = whole
  const made = async (edits: Partial<StepContext>) => {
    const digests: unknown[] = []
    for (const chunk of plan.chunks) {
      const task = chunkTask(plan, chunk)
      const { frames, renditions } = await encodeChunk({ ...source.context(task), ...edits }, task)
      digests.push(frames, Object.values(renditions).map(({ segments }) => segments.map(({ sha256 }) => sha256)))
    }
    const audio = { kind: 'audio' as const, plan, stream: plan.audio[0]!, keys: null }
    await encodeAudio({ ...source.context(audio), ...edits }, audio, async ({ renditions }) => void digests.push(renditions))
    return digests
  }
  expect(await made({ sourceUrl: opened.url, checkSource: opened.check })).toEqual(await made({}))
})

test('only an open source is served, at its own unguessable path', async () => {
  const opened = openBytes()
  expect((await fetchRange(new URL('/', opened.url).href)).status).toBe(404)
  opened.close()
  expect((await fetchRange(opened.url)).status).toBe(404)
})

test('a broken read is told apart from the end of the file', async () => {
  const store = memoryStore()
  const failing: ObjectStore = { ...store, read: async () => Promise.reject(new Error('the store is down')) }
  const opened = server.open({ key: 'elsewhere', sizeBytes: bytes.length, store: failing, signal })
  expect(() => opened.check()).not.toThrow()
  await expect(fetchRange(opened.url)).rejects.toThrow()
  expect(() => opened.check()).toThrow(expect.objectContaining({ class: 'retryable', reason: 'source_unreadable' }))
})

test('a store that fails half-way never makes a shorter video or sound', async () => {
  const file = clip('halfway.mp4', ...picture(10, '640x360'), ...sound(10), ...h264, '-qp', '10', '-c:a', 'aac', '-movflags', '+faststart')
  const { plan, source } = await planned(file)
  expect(source.sizeBytes).toBeGreaterThan(4 * MIB)
  const { key, sizeBytes } = source.context({ kind: 'prepare' }).lease.source
  const read: ObjectStore['read'] = (_, start, end) =>
    start >= 2 * MIB ? Promise.reject(new Error('gone')) : source.store.read(key, start, end)
  const task = chunkTask(plan, plan.chunks.at(-1)!)
  const audio = { kind: 'audio' as const, plan, stream: plan.audio[0]!, keys: null }
  const works = {
    picture: (context: StepContext) => encodeChunk(context, task),
    sound: (context: StepContext) => encodeAudio(context, audio, async (_, final) => expect(final).toBe(false)),
  }
  for (const [name, work] of Object.entries(works)) {
    // Another key: what was read before must not come from memory.
    const opened = server.open({ key: `${key} ${name}`, sizeBytes, store: { ...source.store, read }, signal })
    await expect(work({ ...source.context(task), sourceUrl: opened.url, checkSource: opened.check })).rejects.toThrow()
    expect(() => opened.check()).toThrow(expect.objectContaining({ class: 'retryable' }))
  }
})

test('a block that failed for another job is read again', async () => {
  let reads = 0
  const store: ObjectStore = {
    ...memoryStore(),
    read: async (_, start, end) => (reads++ === 0 ? Promise.reject(new Error('lease lost')) : bytes.subarray(start, end)),
  }
  const opened = server.open({ key: 'shared', sizeBytes: 100, store, signal })
  expect((await fetchRange(opened.url)).body.equals(bytes.subarray(0, 100))).toBe(true)
  expect(() => opened.check()).not.toThrow()
})

const phone = ['-c:v', 'libx265', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p10le', '-x265-params', 'log-level=error:keyint=30', '-tag:v', 'hvc1']

test.each([
  ['10-bit HEVC in a MOV with its index at the end', 'phone.mov'],
  ['10-bit HEVC in Matroska', 'phone.mkv'],
])('%s: the first chunk is made of a part of the file, read by ranges', async (_, name) => {
  // Eight channels of PCM beside the picture make the file large.
  const heavy = ['-f', 'lavfi', '-i', 'anoisesrc=r=96000:d=24,pan=7.1|c0=c0|c1=c0|c2=c0|c3=c0|c4=c0|c5=c0|c6=c0|c7=c0']
  const file = clip(name, ...picture(24, '320x180'), ...heavy, '-map', '0', '-map', '1', ...phone, '-c:a', 'pcm_s32le')
  const stored = await openSource(file)
  const { key, sizeBytes } = stored.context({ kind: 'prepare' }).lease.source
  expect(sizeBytes).toBeGreaterThan(50 * MIB)
  let read = 0
  const counting: ObjectStore = {
    ...stored.store,
    read: (of, start, end, within) => {
      read += end - start
      return stored.store.read(of, start, end, within)
    },
  }
  const opened = server.open({ key, sizeBytes, store: counting, signal })
  const media = await probe(tools, opened.url, sizeBytes, signal)
  const probed = read
  const plan = planEncode(media, { encoders: { h264: 'libx264' } })
  const task = chunkTask(plan, plan.chunks[0]!)
  await encodeChunk({ ...stored.context(task), sourceUrl: opened.url, checkSource: opened.check }, task)
  opened.check()
  expect(probed / sizeBytes).toBeLessThan(0.25)
  // A sixth of it is the chunk itself.
  expect(read / sizeBytes).toBeLessThan(0.5)
})
