import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, expect, test } from 'vitest'
import { isInternal, startFrontProxy } from './frontProxy.ts'

test.each(['/cdn-cgi/local/explorer', '/CDN-CGI/x', '//cdn-cgi/x', '/%63dn-cgi/x', '/%2563dn-cgi/x', '/./cdn-cgi/x', '/a/../cdn-cgi/x', '/a/%2e%2e/cdn-cgi/x', '\\cdn-cgi', '/\\cdn-cgi/x', '/__cf_local/x', 'http://localhost/cdn-cgi/x', '/cdn-cgi?x'])(
  '%s is kept out',
  (path) => expect(isInternal(path)).toBe(true),
)
test.each(['/', '/api/v1/videos?search=cdn-cgi', '/watch/abc', '/p/x/cdn-cgi', '/%zz'])('%s passes', (path) => expect(isInternal(path)).toBe(false))

const upstream = createServer((request, response) => {
  response.setHeader('MF-Secret', '1')
  response.end(JSON.stringify(request.headers))
})
await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
const proxy = await startFrontProxy(() => new URL(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}`), '127.0.0.1', 0)
afterAll(async () => {
  await proxy.stop()
  upstream.close()
})

test('headers the runtime trusts cannot be sent by a client, and its own do not leak', async () => {
  const forged = { 'MF-Route-Override': 'x', 'CF-Connecting-IP': '9.9.9.9', 'X-Forwarded-For': '9.9.9.9', Forwarded: 'for=9.9.9.9', 'X-Kept': 'yes' }
  const response = await fetch(`http://127.0.0.1:${proxy.port}/x`, { headers: forged })
  const seen = (await response.json()) as Record<string, string>
  expect(seen['cf-connecting-ip']).toBe('127.0.0.1')
  expect(Object.keys(seen).filter((name) => /^(mf-|x-forwarded|forwarded)/.test(name))).toEqual([])
  expect(seen['x-kept']).toBe('yes')
  expect(response.headers.get('MF-Secret')).toBeNull()
})
