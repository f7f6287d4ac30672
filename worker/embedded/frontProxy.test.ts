import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { Readable } from 'node:stream'
import { afterAll, expect, test } from 'vitest'
import { isInternal, startFrontProxy } from './frontProxy.ts'

test.each([
  '/cdn-cgi/local/explorer',
  '/CDN-CGI/x',
  '//cdn-cgi/x',
  '/%63dn-cgi/x',
  '/%2563dn-cgi/x',
  '/./cdn-cgi/x',
  '/a/../cdn-cgi/x',
  '/a/%2e%2e/cdn-cgi/x',
  '\\cdn-cgi',
  '/\\cdn-cgi/x',
  '/__cf_local/x',
  'http://localhost/cdn-cgi/x',
  '/cdn-cgi?x',
])('%s is kept out', (path) => expect(isInternal(path)).toBe(true))
test.each(['/', '/api/v1/videos?search=cdn-cgi', '/watch/abc', '/p/x/cdn-cgi', '/%zz'])('%s passes', (path) =>
  expect(isInternal(path)).toBe(false),
)

/** What stands for the Worker; each test says what it does. */
let work: (request: IncomingMessage, response: ServerResponse) => void = () => {}
const upstream = createServer((incoming, outgoing) => work(incoming, outgoing))
await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
const upstreamUrl = new URL(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}`)
const proxy = await startFrontProxy(() => upstreamUrl, '127.0.0.1', 0)
afterAll(async () => {
  await proxy.stop()
  upstream.close()
})
const address = { host: '127.0.0.1', port: proxy.port }

test('A32: headers the runtime trusts cannot be sent by a client, and its own do not leak', async () => {
  work = (incoming, outgoing) => outgoing.setHeader('MF-Secret', '1').end(JSON.stringify(incoming.headers))
  const forged = {
    'MF-Route-Override': 'x',
    'CF-Connecting-IP': '9.9.9.9',
    'CF-Ray': 'x',
    'X-Forwarded-For': '9.9.9.9',
    'X-Real-IP': '9.9.9.9',
    Forwarded: 'for=9.9.9.9',
  }
  const response = await fetch(`http://127.0.0.1:${proxy.port}/x`, { headers: { ...forged, 'X-Kept': 'yes' } })
  const { host, 'cf-connecting-ip': ip, 'x-kept': kept, ...others } = (await response.json()) as Record<string, string>
  expect({ host, ip, kept }).toEqual({ host: `127.0.0.1:${proxy.port}`, ip: '127.0.0.1', kept: 'yes' })
  expect(Object.keys(others).filter((name) => /^(mf-|cf-|x-forwarded|x-real|forwarded)/.test(name))).toEqual([])
  expect(response.headers.get('MF-Secret')).toBeNull()
})

test.each(['a b', 'a/b', 'a@b', '', 'é', '[::1', 'x'.repeat(300), 'a:b'])('a Host of %j is refused before the runtime sees it', async (host) => {
  work = (_incoming, outgoing) => outgoing.end('reached')
  const sent = request({ ...address, setHost: false, headers: { Host: Buffer.from(host).toString('latin1') } }).end()
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  expect([answer.statusCode, (await answer.toArray()).join('')]).toEqual([400, expect.stringContaining('invalid_host')])
})

test('bodies stream: the answer to the first bytes comes before the last are sent', async () => {
  work = (incoming, outgoing) => incoming.pipe(outgoing)
  const sent = request({ ...address, method: 'POST', headers: { 'Content-Length': '6' } })
  sent.write('abc')
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  expect(String((await once(answer, 'data'))[0])).toBe('abc')
  sent.end('def')
  expect(String((await once(answer, 'data'))[0])).toBe('def')
})

test('a client that leaves is gone for the Worker too', async () => {
  const arrived = new Promise<IncomingMessage>((resolve) => (work = resolve))
  const sent = request({ ...address, method: 'POST', headers: { 'Content-Length': '6' } }).on('error', () => {})
  sent.write('abc')
  const incoming = await arrived
  const closed = new Promise((resolve) => incoming.on('error', () => {}).on('close', resolve))
  incoming.resume()
  sent.destroy()
  await closed
  expect(incoming.complete).toBe(false)
})

test('an answer that breaks off never looks complete', async () => {
  work = (_incoming, outgoing) => {
    outgoing.write('half')
    setImmediate(() => outgoing.destroy())
  }
  const response = await fetch(`http://127.0.0.1:${proxy.port}/`)
  await expect(response.text()).rejects.toThrow()
})

test('a refusal before the body is read reaches the client', async () => {
  // As workerd does: answer, then close on what is unread.
  work = (_incoming, outgoing) => outgoing.writeHead(413, { Connection: 'close' }).end('too large', () => outgoing.destroy())
  const response = await fetch(`http://127.0.0.1:${proxy.port}/`, { method: 'POST', body: new Uint8Array(32 * 1024 ** 2) })
  expect([response.status, await response.text()]).toEqual([413, 'too large'])
})

test('a refusal that needs the beginning of a body reaches whoever still sends, and their next request is answered', async () => {
  // As workerd does: read what was needed, answer, then close on the rest.
  work = (incoming, outgoing) => {
    if (incoming.method === 'GET') return void outgoing.end('next')
    incoming.once('data', () => {
      incoming.pause()
      outgoing.writeHead(409, { Connection: 'close' }).end('taken', () => outgoing.destroy())
    })
  }
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const asked = async (method: string, headers: Record<string, string> = {}) => {
    const sent = request({ ...address, agent, method, headers }).on('error', () => {})
    if (method === 'GET') sent.end()
    else Readable.from(Array(24).fill(Buffer.alloc(1024 ** 2))).pipe(sent)
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    return [answer.statusCode, (await answer.toArray()).join('')]
  }
  for (let round = 0; round < 6; round++) {
    expect(await asked('POST', round % 2 ? { 'Content-Length': String(24 * 1024 ** 2) } : {})).toEqual([409, 'taken'])
    expect(await asked('GET')).toEqual([200, 'next'])
  }
  agent.destroy()
})

test('who sends all of a body before reading anything still reads why it was refused', async () => {
  work = (_incoming, outgoing) => outgoing.writeHead(401, { Connection: 'close' }).end('who?', () => outgoing.destroy())
  const socket = connect(address)
  socket.pause()
  socket.write(`POST / HTTP/1.1\r\nHost: avocet.test\r\nContent-Length: ${32 * 1024 ** 2}\r\n\r\n`)
  for (let piece = 0; piece < 32; piece++) if (!socket.write(Buffer.alloc(1024 ** 2))) await once(socket, 'drain')
  const text = (await socket.toArray()).join('')
  expect([text.split('\r\n')[0], text.endsWith('who?')]).toEqual(['HTTP/1.1 401 Unauthorized', true])
})

test('a connection that ends under the beginning of a body is asked again, with all that comes of it', async () => {
  let asked = 0
  work = (incoming, outgoing) => {
    if (asked++ === 0) return void incoming.socket.destroy()
    incoming.toArray().then((pieces: Buffer[]) => outgoing.writeHead(403).end(`refused ${Buffer.concat(pieces).length}`), () => {})
  }
  const sent = request({ ...address, method: 'POST', headers: { 'Content-Length': '20' } })
  sent.write('0123456789')
  await expect.poll(() => asked).toBe(2)
  sent.end('0123456789')
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  expect([answer.statusCode, (await answer.toArray()).join('')]).toEqual([403, 'refused 20'])
})

test('a body that was sent whole is never sent again: what it asked for may have been done', async () => {
  let asked = 0
  work = (incoming, outgoing) => {
    asked++
    incoming.resume().on('end', () => outgoing.destroy())
  }
  const response = await fetch(`http://127.0.0.1:${proxy.port}/`, { method: 'POST', body: new Uint8Array(40_000) })
  expect([response.status, asked]).toEqual([502, 1])
})

test('without a Worker the answer is a plain 502', async () => {
  const alone = await startFrontProxy(() => new URL('http://127.0.0.1:1'), '127.0.0.1', 0)
  const response = await fetch(`http://127.0.0.1:${alone.port}/api/v1/videos`)
  expect([response.status, await response.json()]).toMatchObject([
    502,
    { code: 'unavailable', request_id: response.headers.get('X-Request-Id') },
  ])
  await alone.stop()
})
