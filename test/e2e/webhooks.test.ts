/** Webhooks as their receivers see them: the real Worker, a real HTTP server at the other end. */
import { createHmac } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { Webhook } from 'standardwebhooks'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { firstRun } from '../../worker/embedded/firstRun.ts'
import { type Runtime, startRuntime } from '../../worker/embedded/runtime.ts'
import { openState } from '../../worker/embedded/state.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'avocet-webhooks-'))
let [runtime, apiKey] = [null as unknown as Runtime, '']
const servers = new Set<Server>()

beforeAll(async () => {
  const state = openState(join(folder, 'server'))
  runtime = await startRuntime(root, state, { OUTBOUND: 'anywhere' })
  apiKey = (await firstRun(state, runtime.url.origin)).facts!.apiKey
})
afterEach(() => {
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
  servers.clear()
})
afterAll(async () => {
  await runtime.stop()
  rmSync(folder, { recursive: true, force: true })
})

interface Received {
  headers: IncomingHttpHeaders
  body: string
}

/** A receiver that keeps what it got and answers as told. */
async function receiver(answer: RequestListener = (_, response) => response.writeHead(204).end()): Promise<{ url: string; got: Received[] }> {
  const got: Received[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.on('end', () => {
      got.push({ headers: request.headers, body })
      answer(request, response)
    })
  })
  servers.add(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, got }
}

async function api<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(`${runtime.url.origin}/api/v1${path}`, {
    method,
    headers: { 'X-API-Key': apiKey },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
  return (answer.status === 204 ? null : await answer.json()) as T
}

const subscribe = (url: string, more: object = {}) => api<{ id: string; secret: string }>('POST', '/webhooks', { url, ...more })
const ask = (id: string) => api<{ event_id: string }>('POST', `/webhooks/${id}/test`)
interface Told {
  event_id: string
  state: string
  next_attempt_at: string | null
  attempts: { status: number | null; error: string | null; response: string }[]
}
const deliveries = async (id: string) => (await api<{ data: Told[] }>('GET', `/webhooks/${id}/deliveries`)).data
const tried = (id: string, times = 1) => expect.poll(async () => (await deliveries(id))[0]?.attempts.length, { timeout: 30_000, interval: 300 }).toBe(times)

test('W01, W02: a delivery is signed as Standard Webhooks says, byte for byte', async () => {
  const { url, got } = await receiver()
  const { id, secret } = await subscribe(url)
  const { event_id } = await ask(id)
  await expect.poll(() => got.length).toBe(1)
  const { headers, body } = got[0]!
  const payload = new Webhook(secret).verify(body, headers as Record<string, string>)
  expect(payload).toEqual({ type: 'webhook.test', timestamp: expect.stringMatching(/Z$/), data: { webhook_id: id } })
  expect(headers['webhook-id']).toBe(event_id)
  expect(() => new Webhook(secret).verify(`${body} `, headers as Record<string, string>)).toThrow()
  await expect.poll(async () => (await deliveries(id))[0]?.state).toBe('delivered')
})

test('W08, W15: a rotated secret signs beside the old one; neither is ever shown again', async () => {
  const { url, got } = await receiver()
  const { id, secret } = await subscribe(url)
  const { secret: fresh } = await api<{ secret: string }>('POST', `/webhooks/${id}/rotate`)
  await ask(id)
  await expect.poll(() => got.length).toBe(1)
  const { headers, body } = got[0]!
  expect(String(headers['webhook-signature']).split(' ')).toHaveLength(2)
  for (const one of [secret, fresh]) new Webhook(one).verify(body, headers as Record<string, string>)
  expect(JSON.stringify([await api('GET', `/webhooks/${id}`), await api('GET', '/webhooks')])).not.toContain('whsec_')
})

test('W04, W12: an endpoint that never answers delays no other, and is told so', async () => {
  const [slow, fast] = [await receiver(() => {}), await receiver()]
  const [first, second] = [await subscribe(slow.url), await subscribe(fast.url)]
  await ask(first.id)
  await expect.poll(() => slow.got.length).toBe(1)
  for (let count = 0; count < 5; count++) await ask(second.id)
  await expect.poll(() => fast.got.length, { timeout: 10_000 }).toBe(5)
  expect((await deliveries(first.id))[0]?.attempts).toEqual([])
  await tried(first.id)
  expect((await deliveries(first.id))[0]).toMatchObject({ state: 'pending', attempts: [{ status: null, error: 'no answer within 15 s' }] })
})

test('W05, W18: redirects are not followed; of a large answer a little is read', async () => {
  const secret = await receiver()
  const [moved, loud] = [
    await receiver((_, response) => response.writeHead(307, { Location: secret.url }).end()),
    await receiver((_, response) => {
      response.writeHead(200)
      const chunk = Buffer.alloc(1024 * 1024, 'x')
      const pour = () => {
        while (!response.destroyed && response.write(chunk));
        if (!response.destroyed) response.once('drain', pour)
      }
      pour()
    }),
  ]
  const [first, second] = [await subscribe(moved.url), await subscribe(loud.url)]
  await Promise.all([ask(first.id), ask(second.id)])
  await tried(first.id)
  expect((await deliveries(first.id))[0]).toMatchObject({ state: 'pending', attempts: [{ status: 307 }] })
  await tried(second.id)
  expect((await deliveries(second.id))[0]).toMatchObject({ state: 'delivered', attempts: [{ status: 200, response: 'x'.repeat(256) }] })
  expect(secret.got).toEqual([])
})

test('W18: a gzip bomb and a flood of headers are no more than a failed or a short answer', async () => {
  const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024))
  const [packed, wordy] = [
    await receiver((_, response) => response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(bomb)),
    await receiver((_, response) => response.socket!.end(`HTTP/1.1 200 OK\r\n${'X-Flood: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n'.repeat(20_000)}\r\n`)),
  ]
  const [first, second] = [await subscribe(packed.url), await subscribe(wordy.url)]
  await Promise.all([ask(first.id), ask(second.id)])
  await Promise.all([tried(first.id), tried(second.id)])
  for (const { id } of [first, second]) expect((await deliveries(id))[0]!.attempts[0]!.response.length).toBeLessThanOrEqual(256)
  expect((await deliveries(second.id))[0]!.attempts[0]).toMatchObject({ status: null, error: expect.stringMatching(/\w/) })
})

test('W19: an endpoint whose certificate nobody vouches for is not told, and the delivery says why', async () => {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key, '-out', cert, '-days', '2', '-subj', '/CN=hooks.acme.dev'], { stdio: 'ignore' })
  let heard = 0
  const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_, response) => {
    heard++
    response.writeHead(204).end()
  })
  servers.add(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { id } = await subscribe(`https://127.0.0.1:${(server.address() as AddressInfo).port}/hook`)
  await ask(id)
  await tried(id)
  expect((await deliveries(id))[0]).toMatchObject({ state: 'pending', attempts: [{ status: null, error: expect.stringMatching(/certificate|self.signed/i) }] })
  expect(heard).toBe(0)
})

test('W06, W14: 410 switches a webhook off; switched on again, a replay comes under the same id', async () => {
  let status = 410
  const { url, got } = await receiver((_, response) => response.writeHead(status).end())
  const { id } = await subscribe(url)
  const { event_id } = await ask(id)
  await expect.poll(async () => (await api<{ disabled_reason: string }>('GET', `/webhooks/${id}`)).disabled_reason).toBe('gone')
  status = 200
  await api('PUT', `/webhooks/${id}`, { enabled: true })
  await api('POST', `/webhooks/${id}/deliveries/${event_id}/replay`)
  await expect.poll(() => got.length).toBe(2)
  expect(got.map(({ headers }) => headers['webhook-id'])).toEqual([event_id, event_id])
  await expect.poll(async () => (await deliveries(id))[0]?.state).toBe('delivered')
})

test('W07: patience asked for is given', async () => {
  const { url } = await receiver((_, response) => response.writeHead(429, { 'Retry-After': '120' }).end())
  const { id } = await subscribe(url)
  const before = Date.now()
  await ask(id)
  await tried(id)
  const [delivery] = await deliveries(id)
  expect(Date.parse(delivery!.next_attempt_at!) - before).toBeGreaterThanOrEqual(120_000)
})

test('a failed delivery is tried again by itself', async () => {
  let calls = 0
  const { url, got } = await receiver((_, response) => response.writeHead(++calls === 1 ? 500 : 200).end('thanks'))
  const { id } = await subscribe(url)
  await ask(id)
  await expect.poll(() => got.length, { timeout: 40_000 }).toBe(2)
  expect(got[0]!.headers['webhook-id']).toBe(got[1]!.headers['webhook-id'])
  expect(got[0]!.body).toBe(got[1]!.body)
  await expect.poll(async () => (await deliveries(id))[0]).toMatchObject({ state: 'delivered', attempts: [{ status: 500 }, { status: 200, response: 'thanks' }] })
})

test('what happened while a webhook was off is told on request', async () => {
  const { url, got } = await receiver()
  const { id } = await subscribe(url, { events: ['video.uploaded'] })
  const since = new Date(Date.now() - 1000).toISOString()
  await api('PUT', `/webhooks/${id}`, { enabled: false })
  const header = Buffer.from('00000018667479706d703432000000006d70343269736f6d', 'hex')
  const upload = await fetch(`${runtime.url.origin}/api/v1/upload?filename=a.mp4`, { method: 'POST', headers: { 'X-API-Key': apiKey }, body: header })
  expect(upload.status).toBe(201)
  await api('PUT', `/webhooks/${id}`, { enabled: true })
  expect(await deliveries(id)).toEqual([])
  await api('POST', `/webhooks/${id}/replay`, { since })
  await expect.poll(() => got.length).toBe(1)
  expect(JSON.parse(got[0]!.body)).toMatchObject({ type: 'video.uploaded', data: { video_id: expect.stringMatching(/^vid_/) } })
})

test('a webhook made in the api.video dialect is told in it: signed its way, four tries 3 s apart, then no more', async () => {
  const times: number[] = []
  const { url, got } = await receiver((_, response) => {
    times.push(Date.now())
    response.writeHead(302, { Location: 'http://127.0.0.1:9/' }).end()
  })
  const made = await fetch(`${runtime.url.origin}/webhooks`, {
    method: 'POST',
    headers: { Authorization: `Basic ${btoa(`${apiKey}:`)}` },
    body: JSON.stringify({ events: ['video.encoding.quality.completed'], url }),
  })
  expect(made.status).toBe(201)
  const { webhookId, signatureSecret } = (await made.json()) as Record<string, string>
  const id = `whk_${webhookId!.slice('webhook_'.length)}`
  await ask(id)
  await expect.poll(async () => (await deliveries(id))[0]?.state, { timeout: 60_000, interval: 500 }).toBe('failed')
  expect(got).toHaveLength(4)
  for (const { headers, body } of got) {
    expect(JSON.parse(body)).toEqual({ type: 'webhook.test', emittedAt: expect.stringMatching(/Z$/) })
    expect([headers['x-api-video-webhookid'], headers['x-api-video-signature']]).toEqual([webhookId, createHmac('sha256', signatureSecret!).update(body).digest('hex')])
    expect(headers['webhook-signature']).toBeUndefined()
  }
  for (const gap of times.slice(1).map((at, index) => at - times[index]!)) expect(gap).toBeGreaterThanOrEqual(2_900)
  expect(await api('GET', `/webhooks/${id}`)).toMatchObject({ spelling: 'apivideo', enabled: true })
})
