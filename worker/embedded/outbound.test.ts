import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { outboundService } from './outbound.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})
async function listen(answer: RequestListener): Promise<number> {
  const server = createServer(answer)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}
/** Asks as the runtime does: at the service, under the name of the host. */
async function ask(anywhere: boolean, host: string, init: RequestInit = {}): Promise<Response> {
  const service = await listen((request, response) => {
    // fetch does not let a caller name another host.
    request.headers.host = host
    void outboundService(anywhere)(request, response)
  })
  return fetch(`http://127.0.0.1:${service}/path?x=1`, { ...init, headers: { 'X-Avocet-Scheme': 'http:', ...init.headers } })
}

test('A40, W11: a name that leads to a private address is not reached, unless the operator allows it', async () => {
  const got: unknown[] = []
  const port = await listen((request, response) => {
    const { url, method, headers } = request
    got.push([method, url, headers['x-asked'], Object.keys(headers).filter((name) => /^(?:mf-|cf-|x-avocet)/.test(name))])
    request.on('data', () => {}).on('end', () => response.writeHead(201, { 'X-Told': 'yes' }).end('hello'))
  })
  const init = { method: 'POST', body: 'x', headers: { 'X-Asked': 'yes', 'MF-Secret': '1', 'CF-Worker': 'avocet' } }
  const refused = await ask(false, `localhost:${port}`, init)
  expect([refused.status, refused.headers.get('X-Avocet-Outbound'), got]).toEqual([502, 'refused', []])
  const answer = await ask(true, `localhost:${port}`, init)
  expect([answer.status, answer.headers.get('X-Told'), await answer.text()]).toEqual([201, 'yes', 'hello'])
  expect(got).toEqual([['POST', '/path?x=1', 'yes', []]])
})

test('a server that breaks off breaks off for the Worker too, and a Worker that leaves lets go of the server', async () => {
  const broken = await listen((_, response) => response.writeHead(200, { 'Content-Length': 100 }).write('half', () => setTimeout(() => response.destroy(), 50)))
  await expect((await ask(true, `localhost:${broken}`)).text()).rejects.toThrow()
  let closed = false
  const endless = await listen((_, response) => {
    response.writeHead(200).write('x')
    response.on('close', () => (closed = true))
  })
  const leave = new AbortController()
  const answer = await ask(true, `localhost:${endless}`, { signal: leave.signal })
  expect(answer.status).toBe(200)
  leave.abort()
  await expect.poll(() => closed).toBe(true)
})

test('a name that is not found is told apart from one that is refused', async () => {
  const answer = await ask(false, 'nowhere.invalid')
  expect([answer.status, answer.headers.get('X-Avocet-Outbound')]).toEqual([502, 'unresolved'])
})
