import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { outboundFetch } from './outbound.ts'

/** A resolver that says what it is told to, as JSON (the form of RFC 8484 that Cloudflare's has). */
let records: { type: number; data: string }[] = []
let asked: string[] = []
const server = createServer((request, response) => {
  const type = new URL(request.url ?? '', 'http://x').searchParams.get('type')
  asked.push(`${type}`)
  response.end(JSON.stringify({ Status: 0, Answer: records.filter((record) => record.type === (type === 'A' ? 1 : 28) || record.type === 5) }))
})
let resolver = ''
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  resolver = `http://127.0.0.1:${(server.address() as AddressInfo).port}/dns-query`
})
afterAll(() => server.close())
const A = (data: string) => ({ type: 1, data })

test('W11, A40: a name is looked up again at each request; one that turned private, or into nothing, since it was saved is not told', async () => {
  const outbound = outboundFetch({ resolver })
  records = [{ type: 5, data: 'elsewhere.acme.dev.' }, A('93.184.216.34')]
  expect(await outbound.resolvesPublicly('hooks.acme.dev')).toBe(true)
  for (const since of [[A('127.0.0.1')], [A('93.184.216.34'), A('10.0.0.1')], [A('93.184.216.34'), { type: 28, data: '::1' }], [{ type: 5, data: 'elsewhere.acme.dev.' }], []]) {
    records = since
    asked = []
    expect(await outbound.post('https://hooks.acme.dev/', {}, '{}', 5_000)).toMatchObject({ status: null, error: expect.stringContaining('url_not_allowed') })
    expect(await outbound.get('https://hooks.acme.dev/', {})).toMatchObject({ status: null, refused: true })
    expect(await outbound.resolvesPublicly('hooks.acme.dev')).toBe(false)
    expect(asked.sort()).toEqual(['A', 'A', 'A', 'AAAA', 'AAAA', 'AAAA'])
  }
})

test('an address is looked at itself', async () => {
  const outbound = outboundFetch({ resolver })
  records = [A('93.184.216.34')]
  expect(await Promise.all(['93.184.216.34', '127.0.0.1', '[::1]', '[2606:2800:220:1:248:1893:25c8:1946]'].map((host) => outbound.resolvesPublicly(host)))).toEqual([true, false, false, true])
})
