/**
 * Run in a network of its own (rebinding.test.ts), where 93.184.216.34 is this machine and so is the only name server: a public receiver, a
 * private one behind the same name, and webhooks that are told while the name changes. Prints what came of it as JSON.
 */
import { createSocket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { firstRun } from '../../../worker/embedded/firstRun.ts'
import { startRuntime } from '../../../worker/embedded/runtime.ts'
import { openState } from '../../../worker/embedded/state.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const folder = process.argv[2] as string
const [PUBLIC, PRIVATE] = ['93.184.216.34', '127.0.0.1']

/** What the name leads to, by how often it was asked for. */
let answers: (asked: number) => string[] = () => [PUBLIC]
let asked = 0
function now(next: typeof answers): void {
  answers = next
  asked = 0
}

/** Answers every question for an IPv4 address, and no other (RFC 1035, section 4). */
function answerTo(query: Buffer): Buffer {
  let end = 12
  while (query[end] !== 0) end += query[end]! + 1
  const question = query.subarray(12, end + 5)
  const isA = query.readUInt16BE(end + 1) === 1
  const records = isA ? answers(asked++).map((address) => Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split('.').map(Number)])) : []
  const header = Buffer.from([...query.subarray(0, 2), 0x81, 0x80, 0, 1, 0, records.length, 0, 0, 0, 0])
  return Buffer.concat([header, question, ...records])
}
const names = createSocket('udp4')
names.on('message', (query, from) => names.send(answerTo(query), from.port, from.address))
await new Promise<void>((resolve) => names.bind(53, PRIVATE, resolve))

const reached: string[] = []
const tls = { key: readFileSync(join(folder, 'key.pem')), cert: readFileSync(join(folder, 'cert.pem')) }
for (const address of [PUBLIC, PRIVATE]) {
  const server = createServer(tls, (request, response) => {
    reached.push(`${address}${request.url}`)
    request.resume().on('end', () => response.writeHead(204).end())
  })
  await new Promise<void>((resolve) => server.listen(443, address, resolve))
}

const state = openState(join(folder, 'server'))
const runtime = await startRuntime(root, state, {})
const { apiKey } = (await firstRun(state, runtime.url.origin)).facts!
async function api<T>(path: string, init: RequestInit = {}): Promise<T> {
  const answer = await fetch(`${runtime.url.origin}/api/v1${path}`, { ...init, headers: { 'X-API-Key': apiKey } })
  return (await answer.json()) as T
}

/** Saves a webhook while its name is public, tells it while the name leads elsewhere, and says what the delivery says. */
async function tell(path: string, meanwhile: typeof answers): Promise<unknown> {
  now(() => [PUBLIC])
  const { id } = await api<{ id: string }>('/webhooks', { method: 'POST', body: JSON.stringify({ url: `https://hooks.acme.dev/${path}` }) })
  now(meanwhile)
  await api(`/webhooks/${id}/test`, { method: 'POST' })
  for (;;) {
    const { data } = await api<{ data: { attempts: { status: number | null; error: string | null }[] }[] }>(`/webhooks/${id}/deliveries`)
    const attempt = data[0]?.attempts[0]
    if (attempt) return { path, status: attempt.status, error: attempt.error }
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
}
const told = [
  await tell('steady', () => [PUBLIC]),
  await tell('flipped', () => [PRIVATE]),
  await tell('both', () => [PUBLIC, PRIVATE]),
  await tell('flipping', (times) => (times === 0 ? [PUBLIC] : [PRIVATE])),
  await tell('gone', () => []),
]
console.log(`TOLD ${JSON.stringify({ told, reached })}`)
await runtime.stop()
process.exit(0)
