/** Imports as a server at the other end sees them: the real Worker, a real HTTP server, a real network between them. */
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { firstRun } from '../../worker/embedded/firstRun.ts'
import { type Runtime, startRuntime } from '../../worker/embedded/runtime.ts'
import { openState, type State } from '../../worker/embedded/state.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'avocet-import-'))
const SIZE = 23 * 1024 * 1024 + 7
const source = Buffer.concat([Buffer.from('00000018667479706d703432000000006d70343269736f6d', 'hex'), randomBytes(SIZE - 24)])
let [runtime, apiKey, state] = [null as unknown as Runtime, '', null as unknown as State]
const servers: Server[] = []

const start = async () => (runtime = await startRuntime(root, state, { OUTBOUND: 'anywhere' }))
beforeAll(async () => {
  state = openState(join(folder, 'server'))
  await start()
  apiKey = (await firstRun(state, runtime.url.origin)).facts!.apiKey
})
afterAll(async () => {
  await runtime.stop()
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
  rmSync(folder, { recursive: true, force: true })
})

/** A server of the source that answers ranges, unless `meddle` takes a request for itself. */
async function origin(meddle: (request: IncomingMessage, response: ServerResponse, from: number) => boolean): Promise<string> {
  const server = createServer((request, response) => {
    const [, from = '0', to = String(SIZE - 1)] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? []
    if (meddle(request, response, Number(from))) return
    const bytes = source.subarray(Number(from), Number(to) + 1)
    response.writeHead(206, { ETag: '"v1"', 'Content-Range': `bytes ${from}-${to}/${SIZE}`, 'Content-Length': bytes.length }).end(bytes)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/lesson.mp4`
}

interface Video {
  id: string
  source: object
  received: number
}
async function api<T = Video>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(`${runtime.url.origin}/api/v1${path}`, { method, headers: { 'X-API-Key': apiKey }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
  return (answer.status === 204 ? null : await answer.json()) as T
}
const stored = (id: string) => expect.poll(async () => (await api('GET', `/videos/${id}`)).source, { timeout: 90_000, interval: 500 }).toMatchObject({ status: 'stored', size: SIZE })

interface Bucket {
  list(options: object): Promise<{ objects: { key: string; size: number }[] }>
  get(key: string): Promise<{ arrayBuffer(): Promise<ArrayBuffer> } | null>
}
/** SHA-256 of every stored source. */
async function digests(): Promise<string[]> {
  const { bucket } = (await runtime.storage()) as { bucket: Bucket }
  const { objects } = await bucket.list({ prefix: 'src/' })
  return Promise.all(objects.map(async ({ key }) => sha256(Buffer.from(await (await bucket.get(key))!.arrayBuffer()))))
}
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

test('a server that breaks off, refuses and sends on is read to the end, and the object is its file', async () => {
  let asked = 0
  const real = await origin((_, response, from) => {
    asked++
    if (asked === 3) {
      response.writeHead(206, { ETag: '"v1"', 'Content-Range': `bytes ${from}-${from + 5 * 1024 * 1024 - 1}/${SIZE}`, 'Content-Length': 5 * 1024 * 1024 })
      response.write(source.subarray(from, from + 1_000_000), () => response.destroy())
      return true
    }
    if (asked === 5) {
      response.writeHead(503).end()
      return true
    }
    return false
  })
  const moved = await origin((_, response) => response.writeHead(302, { Location: real }).end() !== null)
  const { id } = await api('POST', '/videos/import', { url: moved, title: 'From afar' })
  await stored(id)
  expect(await api('GET', `/videos/${id}/import`)).toMatchObject({ status: 'completed', received: SIZE, size: SIZE })
  expect(await digests()).toEqual([sha256(source)])
})

test('an import under way when the server stops goes on when it starts again, and fetches nothing twice', async () => {
  const fetched: number[] = []
  let slow = true
  const url = await origin((request, response, from) => {
    if (request.headers.range !== 'bytes=0-0') fetched.push(from)
    // All but the first chunk hang until the server has been started again.
    return slow && from > 0 && response.writeHead(206, { ETag: '"v1"', 'Content-Range': `bytes ${from}-${from}/${SIZE}` }).flushHeaders() === undefined
  })
  const { id } = await api('POST', '/videos/import', { url })
  await expect.poll(async () => (await api('GET', `/videos/${id}/import`)).received, { timeout: 30_000 }).toBe(5 * 1024 * 1024)
  await runtime.stop()
  slow = false
  fetched.length = 0
  await start()
  await api('POST', `/videos/${id}/import/retry`)
  await stored(id)
  expect(fetched).not.toContain(0)
  expect(await api('GET', `/videos/${id}/import`)).toMatchObject({ status: 'completed' })
})

test('cancelled while it is fetched, an import lets go of the server', async () => {
  let closed = 0
  const url = await origin((_, response, from) => {
    if (from === 0) return false
    response.writeHead(206, { ETag: '"v1"', 'Content-Range': `bytes ${from}-${Math.min(from + 5 * 1024 * 1024, SIZE) - 1}/${SIZE}` })
    const timer = setInterval(() => response.write(source.subarray(from, from + 1000)), 50)
    response.on('close', () => {
      clearInterval(timer)
      closed++
    })
    return true
  })
  const { id } = await api('POST', '/videos/import', { url })
  await expect.poll(async () => (await api('GET', `/videos/${id}/import`)).received, { timeout: 30_000 }).toBe(5 * 1024 * 1024)
  await api('DELETE', `/videos/${id}/import`)
  expect(await api('GET', `/videos/${id}`)).toMatchObject({ status: 'failed', error: { code: 'import_cancelled' }, source: { status: 'waiting' } })
  await expect.poll(() => closed, { timeout: 90_000 }).toBeGreaterThanOrEqual(4)
})
