/** The uploader module in Node, over a network that loses requests, answers and patience. */
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, openAsBlob, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { firstRun } from '../../worker/embedded/firstRun.ts'
import { type Site, serve } from '../../worker/embedded/serve.ts'
import { type Progress, startUpload } from '../../worker/uploader/uploader.ts'

const folder = mkdtempSync(join(tmpdir(), 'avocet-uploader-'))
const path = join(folder, 'lesson.mp4')
const source = Buffer.concat([Buffer.from('00000018667479706d703432000000006d70343269736f6d', 'hex'), randomBytes(38 * 1024 * 1024 + 7)])
const wanted = createHash('sha256').update(source).digest('hex')
let [site, apiKey, file] = [null as unknown as Site, '', null as unknown as Blob]
/** The network in between, and what it does to the next request; null lets it pass. */
let network: Server
let fault: ((request: IncomingMessage, response: ServerResponse, pass: () => void) => void) | null = null

beforeAll(async () => {
  writeFileSync(path, source)
  file = await openAsBlob(path)
  site = await serve({ root: fileURLToPath(new URL('../../', import.meta.url)), stateDir: join(folder, 'server'), host: '127.0.0.1', port: 0 })
  apiKey = (await firstRun(site.state, site.url)).facts!.apiKey
  network = createServer((incoming, outgoing) => {
    const pass = () => {
      const { hostname, port } = new URL(site.url)
      const onward = request({ hostname, port, method: incoming.method, path: incoming.url, headers: incoming.headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(outgoing)
      })
      onward.on('error', () => outgoing.destroy())
      incoming.pipe(onward)
    }
    if (fault) fault(incoming, outgoing, pass)
    else pass()
  })
  await new Promise<void>((resolve) => network.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  network.closeAllConnections()
  network.close()
  await site.stop()
  rmSync(folder, { recursive: true, force: true })
})

const endpoint = () => `http://127.0.0.1:${(network.address() as AddressInfo).port}/api/v1`
const ask = async <T>(path: string): Promise<T> => (await fetch(`${site.url}/api/v1${path}`, { headers: { 'X-API-Key': apiKey } })).json() as T
async function newestDigest(): Promise<string> {
  const { bucket } = (await site.storage()) as { bucket: { list(options: object): Promise<{ objects: { key: string; uploaded: Date }[] }>; get(key: string): Promise<{ arrayBuffer(): Promise<ArrayBuffer> }> } }
  const { objects } = await bucket.list({ prefix: 'src/' })
  const { key } = objects.sort((a, b) => b.uploaded.getTime() - a.uploaded.getTime())[0]!
  return createHash('sha256').update(Buffer.from(await (await bucket.get(key)).arrayBuffer())).digest('hex')
}
const videos = async () => (await ask<{ total: number }>('/videos')).total

test('every third request breaks off, is refused, or loses its answer: one video is made, and its bytes are the file’s', async () => {
  const before = await videos()
  let [asked, broken] = [0, 0]
  fault = (incoming, outgoing, pass) => {
    if (++asked % 3 !== 0) return pass()
    broken++
    if (broken % 3 === 0) return void incoming.resume().on('end', () => outgoing.writeHead(503).end())
    if (broken % 3 === 1) return void incoming.once('data', () => outgoing.destroy())
    // It gets there, and nobody hears of it.
    outgoing.writeHead = () => {
      outgoing.destroy()
      return outgoing
    }
    pass()
  }
  const seen: Progress[] = []
  const { done } = startUpload({ endpoint: endpoint(), token: apiKey, file, filename: 'lesson.mp4', title: 'Through rain', onProgress: (progress) => seen.push(progress) })
  const { video_id } = await done
  fault = null
  expect(broken).toBeGreaterThan(3)
  expect(await ask(`/videos/${video_id}`)).toMatchObject({ title: 'Through rain', source: { size: source.length } })
  expect(await newestDigest()).toBe(wanted)
  expect(await videos()).toBe(before + 1)
  expect(seen.some(({ state }) => state === 'waiting')).toBe(true)
  expect(seen.at(-1)).toMatchObject({ state: 'finishing', sentBytes: source.length })
}, 120_000)

test('paused, nothing is sent; resumed, it goes on', async () => {
  let chunks = 0
  fault = (incoming, _, pass) => {
    if (incoming.url?.endsWith('/chunk')) chunks++
    pass()
  }
  let last: Progress | null = null
  const upload = startUpload({ endpoint: endpoint(), token: apiKey, file, filename: 'lesson.mp4', parallel: 1, onProgress: (progress) => (last = progress) })
  await expect.poll(() => chunks, { timeout: 20_000 }).toBeGreaterThanOrEqual(2)
  upload.pause()
  const at = chunks
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  expect([chunks, (last as unknown as Progress).state]).toEqual([at, 'paused'])
  upload.resume()
  await upload.done
  fault = null
  expect(await newestDigest()).toBe(wanted)
}, 60_000)

test('another process goes on where one died, sending only what is missing', async () => {
  let id = ''
  let sent = 0
  fault = (incoming, outgoing, pass) => {
    if (incoming.url?.endsWith('/chunk') && ++sent > 4) return void outgoing.destroy()
    pass()
  }
  const first = startUpload({ endpoint: endpoint(), token: apiKey, file, filename: 'lesson.mp4', parallel: 2, onBegun: (begun) => (id = begun) })
  first.done.catch(() => {})
  await expect.poll(async () => (id ? (await ask<{ received_count: number }>(`/upload/${id}`)).received_count : 0), { timeout: 20_000 }).toBe(4)
  // It dies: nothing of it is heard again.
  first.pause()
  const chunks: string[] = []
  fault = (incoming, _, pass) => {
    if (incoming.url?.endsWith('/chunk')) chunks.push(String(incoming.headers['x-chunk-index']))
    pass()
  }
  await startUpload({ endpoint: endpoint(), token: apiKey, file, filename: 'lesson.mp4', uploadId: id }).done
  fault = null
  expect(chunks).toHaveLength(4)
  expect(await newestDigest()).toBe(wanted)
}, 60_000)

test('aborted, the upload is gone on the server too; what is refused for good is not tried again', async () => {
  let id = ''
  const upload = startUpload({ endpoint: endpoint(), token: apiKey, file, filename: 'lesson.mp4', onBegun: (begun) => (id = begun) })
  await expect.poll(() => id, { timeout: 60_000 }).not.toBe('')
  await Promise.all([upload.abort(), expect(upload.done).rejects.toMatchObject({ code: 'aborted' })])
  await expect.poll(async () => (await ask<{ status: string }>(`/upload/${id}`)).status).toBe('aborted')
  let asked = 0
  fault = (_, __, pass) => {
    asked++
    pass()
  }
  await expect(startUpload({ endpoint: endpoint(), token: apiKey, file, filename: 'page.html' }).done).rejects.toMatchObject({ status: 415, code: 'unsupported_media_type' })
  await expect(startUpload({ endpoint: endpoint(), token: 'upt_00000000000000000000000000000000', file, filename: 'a.mp4' }).done).rejects.toMatchObject({ status: 401 })
  await expect(startUpload({ endpoint: endpoint(), token: apiKey, file: new Blob(['x']), filename: 'a.mp4', uploadId: id }).done).rejects.toMatchObject({ code: 'other_file' })
  fault = null
  expect(asked).toBe(3)
}, 30_000)
