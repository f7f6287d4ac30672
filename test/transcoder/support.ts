/** Real clips and a lease to work on them; objects are kept in memory (the drivers have a suite of their own). */
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EncodePlan, MediaInfo, PlannedChunk } from '../../shared/src/encode.ts'
import { makeId } from '../../shared/src/ids.ts'
import type { ContentKey, EncodeTask, JobLease, JobTask } from '../../shared/src/job.ts'
import { planEncode } from '../../shared/src/ladder.ts'
import { sourceKey } from '../../shared/src/objectKeys.ts'
import { probe } from '../../transcoder/src/media/probe.ts'
import type { Tools } from '../../transcoder/src/media/ffmpeg.ts'
import type { ObjectStore } from '../../transcoder/src/objectStore/port.ts'
import { type SourceServer, startSourceServer } from '../../transcoder/src/sourceServer.ts'
import type { StepContext } from '../../transcoder/src/steps/context.ts'

export const tools: Tools = { ffmpeg: 'ffmpeg', ffprobe: 'ffprobe', sandbox: null }
export const scratch = mkdtempSync(join(tmpdir(), 'avocet-test-'))
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }))

/** Writes a clip with ffmpeg's own sources. */
export function clip(name: string, ...args: string[]): string {
  const file = join(scratch, name)
  execFileSync('ffmpeg', ['-v', 'error', '-y', ...args, file])
  return file
}

export const picture = (seconds: number, size = '640x360', rate = 30) => ['-f', 'lavfi', '-i', `testsrc2=s=${size}:r=${rate}:d=${seconds}`]
export const sound = (seconds: number) => ['-f', 'lavfi', '-i', `sine=f=440:r=48000:d=${seconds}`]
export const h264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p']

/** An object store in memory. */
export function memoryStore(): ObjectStore & { objects: Map<string, Uint8Array> } {
  const objects = new Map<string, Uint8Array>()
  const get = (key: string) => {
    const bytes = objects.get(key)
    if (!bytes) throw new Error(`no object ${key}`)
    return bytes
  }
  return {
    objects,
    async read(key, start, end) {
      const bytes = get(key).subarray(start, end)
      if (bytes.length !== end - start) throw new Error(`object ${key}: ${bytes.length} of ${end - start} bytes`)
      return bytes
    },
    readAll: async (key) => get(key),
    write: async (key, bytes) => void objects.set(key, Uint8Array.from(bytes)),
    writeFile: async (key, path) => void objects.set(key, readFileSync(path)),
  }
}

/** A host without a graphics card. */
const SOFTWARE: StepContext['encoders'] = { routes: () => ['software'], nvenc: () => 'full', failed: () => {} }

let server: SourceServer | undefined

/** A source in a store, ready to be worked on under a fresh lease for each task. */
export async function openSource(file: string) {
  server ??= await startSourceServer()
  const opened = server
  const store = memoryStore()
  const bytes = readFileSync(file)
  const source = { key: sourceKey(makeId('asset', Date.now(), randomBytes(10))), sizeBytes: bytes.length }
  store.objects.set(source.key, bytes)
  const signal = new AbortController().signal
  const { url, check } = server.open({ ...source, store, signal })
  const encodeId = makeId('encode', Date.now(), randomBytes(10))
  const context = (task: JobTask): StepContext => {
    const lease: JobLease = { id: makeId('job', Date.now(), randomBytes(10)), epoch: 1, encodeId, source, task }
    return {
      tools,
      lease,
      store,
      sourceUrl: url,
      checkSource: check,
      openStream: opened.openStream,
      scratchDir: mkdtempSync(join(scratch, 'job-')),
      encoders: SOFTWARE,
      signal,
      encoded: () => {},
      progress: () => {},
    }
  }
  return { store, url, sizeBytes: bytes.length, encodeId, context, signal }
}

/** Probes and plans a clip. */
export async function planned(
  file: string,
): Promise<{ media: MediaInfo; plan: EncodePlan; source: Awaited<ReturnType<typeof openSource>> }> {
  const source = await openSource(file)
  const media = await probe(tools, source.url, source.sizeBytes, source.signal)
  return { media, plan: planEncode(media, { encoders: { h264: 'libx264' } }), source }
}

/** The work of a chunk whole: all its H.264 rungs at once. */
export const chunkTask = (plan: EncodePlan, chunk: PlannedChunk, keys: ContentKey[] | null = null): EncodeTask => ({
  kind: 'encode',
  plan,
  chunk,
  rungs: plan.video.filter(({ codec }) => codec === 'h264'),
  encoder: 'libx264',
  firstSegment: chunk.startFrame / plan.segmentFrames,
  keys,
})

/** Content keys for the first `count` minutes. */
export const keys = (count: number): ContentKey[] =>
  Array.from({ length: count }, (_, index) => ({ index, hex: (index + 1).toString(16).padStart(32, '0') }))

/** What ffprobe counts in a file: frames and their times in seconds, decoded strictly. */
export function decodedFrames(file: string, stream = 'v:0'): number[] {
  execFileSync('ffmpeg', ['-v', 'error', '-xerror', '-i', file, '-map', '0', '-f', 'null', '-'])
  const text = execFileSync(
    'ffprobe',
    ['-v', 'error', '-select_streams', stream, '-show_entries', 'frame=pts_time', '-of', 'csv=p=0', file],
    { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  )
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => Number(line.split(',')[0]))
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
