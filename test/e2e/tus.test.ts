/** tus-js-client, as its users have it, against the embedded server: it completes, resumes after a kill, and aborts. */
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Upload, type UploadOptions } from 'tus-js-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { firstRun } from '../../worker/embedded/firstRun.ts'
import { type Site, serve } from '../../worker/embedded/serve.ts'
import { descendantsOf } from './support/processes.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'avocet-tus-'))
const MIB = 1024 * 1024
const source = Buffer.concat([Buffer.from('00000018667479706d703432000000006d70343269736f6d', 'hex'), randomBytes(21 * MIB + 7)])
const wanted = createHash('sha256').update(source).digest('hex')
let [site, apiKey] = [null as unknown as Site, '']

const start = async (port: number) => (site = await serve({ root, stateDir: join(folder, 'server'), host: '127.0.0.1', port }))
beforeAll(async () => {
  await start(0)
  apiKey = (await firstRun(site.state, site.url)).facts!.apiKey
})
afterAll(async () => {
  await site.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** A new upload of the source with the client's own defaults, but for what a test says. */
function upload(more: Partial<UploadOptions> = {}): { upload: Upload; done: Promise<string> } {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let video = ''
  const one = new Upload(source, {
    endpoint: `${site.url}/tus`,
    headers: { 'X-API-Key': apiKey },
    metadata: { filename: 'lesson.mp4', title: 'By tus' },
    onAfterResponse(_, response) {
      video = response.getHeader('X-Video-ID') ?? video
    },
    onSuccess: () => resolve(video),
    onError: reject,
    ...more,
  })
  return { upload: one, done: promise }
}

async function storedDigest(video: string): Promise<string> {
  const answer = await fetch(`${site.url}/api/v1/videos/${video}`, { headers: { 'X-API-Key': apiKey } })
  expect(await answer.json()).toMatchObject({ title: 'By tus', source: { status: 'stored', size: source.length, filename: 'lesson.mp4' } })
  const { bucket } = (await site.storage()) as { bucket: { list(options: object): Promise<{ objects: { key: string; uploaded: Date }[] }>; get(key: string): Promise<{ arrayBuffer(): Promise<ArrayBuffer> }> } }
  const { objects } = await bucket.list({ prefix: 'src/' })
  const { key } = objects.sort((a, b) => b.uploaded.getTime() - a.uploaded.getTime())[0]!
  return createHash('sha256').update(Buffer.from(await (await bucket.get(key)).arrayBuffer())).digest('hex')
}

test.each([
  ['in one request, as is its default', {}],
  ['in requests of one chunk', { chunkSize: 5 * MIB }],
  ['in requests of two chunks', { chunkSize: 10 * MIB }],
])('tus-js-client completes an upload %s', async (_, options) => {
  const { upload: one, done } = upload(options)
  one.start()
  expect(await storedDigest(await done)).toBe(wanted)
})

test.each<[string, (port: number) => Promise<unknown>]>([
  ['the server was stopped and started', async (port) => site.stop().then(() => start(port))],
  ['the runtime was killed', async () => killRuntime()],
])('tus-js-client resumes where it was, on its own, after %s in the middle', async (_, strike) => {
  let stopped: Promise<unknown> | null = null
  const sent: number[] = []
  const { upload: one, done } = upload({
    chunkSize: 5 * MIB,
    retryDelays: [100, 500, 1000, 2000, 4000, 8000, 8000],
    onBeforeRequest(request) {
      if (request.getMethod() === 'PATCH') sent.push(Number(request.getHeader('Upload-Offset')))
    },
    onChunkComplete: (_, accepted) => {
      if (accepted < 10 * MIB || stopped) return
      stopped = strike(Number(new URL(site.url).port))
    },
  })
  one.start()
  const video = await done
  await stopped
  expect(await storedDigest(video)).toBe(wanted)
  // Nothing that was acknowledged is sent again.
  expect(sent.slice(sent.lastIndexOf(10 * MIB))).toEqual([10 * MIB, 15 * MIB, 20 * MIB])
  expect(sent.filter((offset) => offset < 10 * MIB)).toEqual([0, 5 * MIB])
})

/** kill -9, as the system does when memory is short. */
function killRuntime(): void {
  const runtimes = descendantsOf(process.pid).filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0')[0]?.endsWith('workerd'))
  expect(runtimes.length).toBeGreaterThan(0)
  for (const pid of runtimes) process.kill(pid, 'SIGKILL')
}

test('another client, knowing only the address, goes on with an upload that was left', async () => {
  const { upload: first } = upload({ chunkSize: 5 * MIB })
  const address = await new Promise<string>((resolve) => {
    first.options.onChunkComplete = (_, accepted) => {
      if (accepted === 5 * MIB) void first.abort().then(() => resolve(first.url!))
    }
    first.start()
  })
  const progress: number[] = []
  const { upload: second, done } = upload({ uploadUrl: address, onChunkComplete: (_, accepted) => progress.push(accepted) })
  second.start()
  expect(await storedDigest(await done)).toBe(wanted)
  expect(progress[0]).toBeGreaterThan(5 * MIB)
})

test('tus-js-client aborts: the upload is gone and its quota is free', async () => {
  const usage = async () => (await (await fetch(`${site.url}/api/v1/stats`, { headers: { 'X-API-Key': apiKey } })).json()) as object
  const before = await usage()
  const { upload: one } = upload({ chunkSize: 5 * MIB })
  const address = await new Promise<string>((resolve) => {
    one.options.onChunkComplete = () => void one.abort(true).then(() => resolve(one.url ?? ''))
    one.options.onUploadUrlAvailable = () => (one.options.metadata = { ...one.options.metadata, address: one.url! })
    one.start()
  }).then((url) => url || one.options.metadata!.address!)
  expect((await fetch(address, { method: 'HEAD', headers: { 'X-API-Key': apiKey, 'Tus-Resumable': '1.0.0' } })).status).toBe(410)
  expect(await usage()).toEqual(before)
})

test('a chunk size that is none is refused at once, with the rule, and not retried for ever', async () => {
  const { upload: one, done } = upload({ chunkSize: MIB })
  one.start()
  await expect(done).rejects.toThrow(/chunk_size_mismatch/)
})
