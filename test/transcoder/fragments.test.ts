/** MP4 in fragments too large to be looked through each time it is opened: read on from its beginning, then from one copy. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ChunkManifest, EncodePlan, PlannedChunk } from '../../shared/src/encode.ts'
import { planEncode } from '../../shared/src/ladder.ts'
import { probe } from '../../transcoder/src/media/probe.ts'
import type { ObjectStore } from '../../transcoder/src/objectStore/port.ts'
import { sourceOf } from '../../transcoder/src/runJob.ts'
import { startSourceServer } from '../../transcoder/src/sourceServer.ts'
import { fragmentsIn } from '../../transcoder/src/media/cmaf/boxes.ts'
import type { StepContext } from '../../transcoder/src/steps/context.ts'
import { encodeAudio } from '../../transcoder/src/steps/audio.ts'
import { encodeChunk } from '../../transcoder/src/steps/encode.ts'
import { remux } from '../../transcoder/src/steps/remux.ts'
import { chunkTask, clip, h264, openSource, picture, scratch, sound, tools } from './support.ts'

const server = await startSourceServer()
afterAll(() => server.stop())
const signal = new AbortController().signal

/** Of a constant rate: small pictures, filled up with nothing to 37 MB. */
let whole: string
beforeAll(() => {
  const filled = ['-b:v', '4500k', '-maxrate', '4500k', '-bufsize', '4500k', '-g', '50', '-bf', '2', '-x264-params', 'nal-hrd=cbr']
  whole = clip('whole.mp4', ...picture(66, '64x64', 25), ...sound(66), ...h264, ...filled, '-c:a', 'aac')
})
const inFragments = (name: string, flags: string) => clip(name, '-i', whole, '-c', 'copy', '-movflags', flags)
const RECORDED = 'frag_keyframe+empty_moov+default_base_moof+skip_trailer'

/** What of a file in fragments is left of it by `keep`. */
function partOf(name: string, keep: (head: Buffer, fragments: Buffer[]) => Buffer[]): string {
  const bytes = readFileSync(inFragments(`whole-${name}`, RECORDED))
  const fragments = fragmentsIn(bytes)
  const file = join(scratch, name)
  writeFileSync(file, Buffer.concat(keep(bytes.subarray(0, bytes.indexOf(fragments[0]!.subarray(0, 200))), fragments)))
  return file
}

/** A file in a store that counts what is read of it. */
async function opened(file: string) {
  const stored = await openSource(file)
  const { key, sizeBytes } = stored.context({ kind: 'prepare' }).lease.source
  let bytes = 0
  const store: ObjectStore = {
    ...stored.store,
    read(of, start, end, within) {
      bytes += end - start
      return stored.store.read(of, start, end, within)
    },
  }
  const { url, check } = server.open({ key, sizeBytes, store, signal })
  const media = await probe(tools, url, sizeBytes, signal)
  const context = (task: Parameters<typeof stored.context>[0]): StepContext => ({ ...stored.context(task), sourceUrl: url, checkSource: check })
  return { media, plan: planEncode(media, { encoders: { h264: 'libx264' } }), context, share: () => bytes / sizeBytes }
}
type Opened = Awaited<ReturnType<typeof opened>>

const digestsOf = ({ renditions }: ChunkManifest) => Object.values(renditions).map(({ segments }) => segments.map(({ sha256 }) => sha256))

async function pictureOf({ context }: Opened, plan: EncodePlan, chunk: PlannedChunk) {
  const task = chunkTask(plan, chunk)
  const within = context(task)
  const source = plan.source.remuxed && server.open({ ...sourceOf(within.lease), store: within.store, signal })
  const manifest = await encodeChunk(source ? { ...within, sourceUrl: source.url, checkSource: source.check } : within, task)
  return { frames: manifest.frames, digests: digestsOf(manifest) }
}

async function soundOf({ context }: Opened, plan: EncodePlan, { whole }: { whole: boolean }) {
  const task = { kind: 'audio' as const, plan, stream: plan.audio[0]!, keys: null }
  const enough = new Error('enough')
  let made: ChunkManifest | undefined
  const ended = encodeAudio(context(task), task, async (manifest) => {
    made = structuredClone(manifest)
    if (!whole) throw enough
  })
  await ended.catch((error) => expect(error).toBe(enough))
  return digestsOf(made!)
}

const copyTask = { kind: 'remux', secret: '0123456789abcdef'.repeat(2), fragmented: true } as const

test.each([
  ['as browsers and OBS write it', () => inFragments('recorded.mp4', RECORDED)],
  ['with edit lists and fragments of one track each', () => inFragments('edited.mp4', 'frag_keyframe+delay_moov+default_base_moof+separate_moof')],
  ['as DASH segments side by side', () => inFragments('segments.mp4', 'dash+frag_keyframe+empty_moov+default_base_moof+skip_trailer')],
  ['its first samples listed in front, its data found from the beginning of the file', () => inFragments('front.mov', 'frag_keyframe')],
  ['of a stream that was joined later', () => partOf('joined.mp4', (head, fragments) => [head, ...fragments.slice(2)])],
])('MP4 in fragments, %s: its beginning is made of a small part of it, and all is made as by looking through it', async (_, make) => {
  const file = make()
  const source = await opened(file)
  const { media, plan } = source
  expect(media).toMatchObject({ indexed: false, fragmented: true })
  expect(plan.source).toMatchObject({ remux: true, fragmented: true })
  const beginning = await pictureOf(source, plan, plan.chunks[0]!)
  const heard = await soundOf(source, plan, { whole: false })
  expect(source.share()).toBeLessThan(0.75)
  // As ffmpeg finds it all once it has looked through the file.
  const { fragmented: _known, ...known } = plan.source
  const looked = { ...plan, source: { ...known, remux: false } }
  expect(beginning).toEqual(await pictureOf(source, looked, plan.chunks[0]!))
  expect(heard).toEqual(await soundOf(source, looked, { whole: false }))
  const bytes = await remux(source.context(copyTask), copyTask)
  const copied = { ...plan, source: { ...plan.source, remuxed: { epoch: 1, bytes, secret: copyTask.secret } } }
  const last = { index: 9, startFrame: 1500, endFrame: null }
  const end = await pictureOf(source, copied, last)
  expect(end.frames).toBe(plan.expectedFrames - 1500)
  expect(end).toEqual(await pictureOf(source, looked, last))
})

test('a recording cut off inside a fragment is a shorter video, to its last frame', async () => {
  const source = await opened(partOf('cut.mp4', (head, fragments) => [head, ...fragments.slice(0, 31), fragments[31]!.subarray(0, -100_000)]))
  const { media, plan } = source
  expect(media).toMatchObject({ fragmented: true, video: { durationSeconds: 62.08 } })
  const bytes = await remux(source.context(copyTask), copyTask)
  const copied = { ...plan, source: { ...plan.source, remuxed: { epoch: 1, bytes, secret: copyTask.secret } } }
  const { frames } = await pictureOf(source, copied, { index: 9, startFrame: 1500, endFrame: null })
  // All of the last whole fragment, and what there is of the one behind it.
  expect(frames).toBeGreaterThan(52)
  expect(frames).toBeLessThan(102)
})

test('sound is read on through all fragments', async () => {
  const source = await opened(inFragments('heard.mp4', RECORDED))
  const { fragmented: _, ...looked } = source.plan.source
  const heard = await soundOf(source, source.plan, { whole: true })
  expect(heard[0]).toHaveLength(17)
  expect(heard).toEqual(await soundOf(source, { ...source.plan, source: looked }, { whole: true }))
})
