import { expect, test } from 'vitest'
import { call, post, tenant } from '../../support/site.ts'

const basic = (key: string) => ({ Authorization: `Basic ${btoa(`${key}:`)}` })
const type = (slug: string) => `https://docs.api.video/reference/${slug}`
interface Tokens {
  token_type: string
  expires_in: number
  access_token: string
  refresh_token: string
}
const exchange = async (path: string, body: unknown) => (await post(path, body)).json<Tokens>()

test('an API key is exchanged for an access token that opens the API for an hour', async () => {
  const { key } = await tenant()
  const answer = await post('/auth/api-key', { apiKey: key }, { headers: basic(key) })
  expect([answer.status, answer.headers.get('Content-Type')]).toEqual([200, 'application/json'])
  const tokens = await answer.json<Tokens>()
  expect(tokens).toMatchObject({ token_type: 'Bearer', expires_in: 3600 })
  for (const scheme of ['Bearer', 'bearer']) expect((await call('/account', { headers: { Authorization: `${scheme} ${tokens.access_token}` } })).status).toBe(200)
})

test('a refresh token is good for one use and comes with the next', async () => {
  const { key } = await tenant()
  const first = await exchange('/auth/api-key', { apiKey: key })
  const answer = await call('/auth/refresh', { method: 'POST', body: JSON.stringify({ refreshToken: first.refresh_token }), headers: { 'Content-Type': 'text/plain;charset=UTF-8' } })
  const second = await answer.json<Tokens>()
  expect((await call('/account', { headers: { Authorization: `Bearer ${second.access_token}` } })).status).toBe(200)
  const again = await post('/auth/refresh', { refreshToken: first.refresh_token })
  expect([again.status, (await again.json<{ type: string }>()).type]).toEqual([401, type('authentication-invalid-refresh-token')])
  expect((await post('/auth/refresh', { refreshToken: second.refresh_token })).status).toBe(200)
})

test('one account gets sixty access tokens a minute, from however many addresses; a refresh token refused for that is not used', async () => {
  const { key } = await tenant()
  const { refresh_token } = await exchange('/auth/api-key', { apiKey: key })
  const from = (path: string, body: unknown, at: number) => post(path, body, { headers: { 'CF-Connecting-IP': `198.51.100.${at}` } })
  const statuses = (await Promise.all(Array.from({ length: 70 }, (_, at) => from('/auth/api-key', { apiKey: key }, at)))).map(({ status }) => status)
  expect(statuses.filter((status) => status === 200)).toHaveLength(59)
  const refused = await from('/auth/refresh', { refreshToken: refresh_token }, 200)
  expect([refused.status, Number(refused.headers.get('Retry-After')) > 0]).toEqual([429, true])
  expect((await from('/auth/api-key', { apiKey: (await tenant()).key }, 201)).status).toBe(200)
})

test('tokens of one class are none of another, and end with their key', async () => {
  const { key } = await tenant()
  const { access_token, refresh_token } = await exchange('/auth/api-key', { apiKey: key })
  expect((await call('/account', { headers: { Authorization: `Bearer ${refresh_token}` } })).status).toBe(401)
  expect((await post('/auth/refresh', { refreshToken: access_token })).status).toBe(401)
  const [{ id }] = (await (await call('/api/v1/api-keys', { key })).json<{ data: [{ id: string }] }>()).data
  await call(`/api/v1/api-keys/${id}`, { method: 'DELETE', key })
  expect((await call('/account', { headers: { Authorization: `Bearer ${access_token}` } })).status).toBe(401)
  expect((await post('/auth/refresh', { refreshToken: refresh_token })).status).toBe(401)
})

test.each([
  ['no credential', {}, 'authentication-missing-authorization-header'],
  ['an empty header', { Authorization: '' }, 'authentication-missing-authorization-header'],
  ['another scheme', { Authorization: 'Digest abc' }, 'authentication-invalid-authorization-header-value'],
  ['Basic of no base64', { Authorization: 'Basic %%%' }, 'authentication-invalid-authorization-header-value'],
  ['an unknown key', basic(`avc_${'0'.repeat(64)}`), 'authentication-invalid-api-key'],
  ['a made-up token', { Authorization: 'Bearer eyJ.abc.def' }, 'authentication-invalid-access-token'],
] as const)('%s: 401 as problem+json, readable by any origin', async (_, headers, slug) => {
  const answer = await call('/account', { headers })
  expect([answer.status, answer.headers.get('Content-Type'), answer.headers.get('Access-Control-Allow-Origin')]).toEqual([401, 'application/problem+json', '*'])
  expect(await answer.json()).toMatchObject({ type: type(slug), status: 401, title: expect.any(String) })
})

test('the account shows its quota', async () => {
  const { key } = await tenant({ quotaBytes: 60 })
  const answer = await call('/account', { headers: basic(key) })
  expect(await answer.json()).toMatchObject({ quota: { quotaUsed: 0, quotaRemaining: 60, quotaTotal: 60 }, environment: 'production' })
  expect(['X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Retry-After'].map((name) => /^\d+$/.test(answer.headers.get(name) ?? ''))).toEqual([true, true, true])
})

test('a preflight names every header the browser clients send', async () => {
  const answer = await call('/account', { method: 'OPTIONS', headers: { Origin: 'https://shop.example', 'Access-Control-Request-Method': 'GET' } })
  const allowed = answer.headers.get('Access-Control-Allow-Headers')?.split(', ') ?? []
  expect(answer.status).toBe(204)
  expect(['Authorization', 'Content-Type', 'Content-Range', 'AV-Origin-Client', 'AV-Origin-App', 'AV-Origin-Sdk'].filter((name) => !allowed.includes(name))).toEqual([])
})

test('a missing attribute, a wrong method and a wrong address are told in the dialect', async () => {
  const absent = await post('/auth/api-key', {})
  expect(await absent.json()).toMatchObject({
    type: type('attribute-required'), title: 'This attribute is required.', name: 'apiKey', status: 400,
    problems: [{ type: type('attribute-required'), title: 'This attribute is required.', name: 'apiKey' }],
  })
  const method = await call('/account', { method: 'PATCH' })
  expect([method.status, await method.json()]).toEqual([405, expect.objectContaining({ type: type('method-not-allowed'), status: 405 })])
  const nowhere = await call('/auth/nothing')
  expect([nowhere.status, await nowhere.json()]).toEqual([404, expect.objectContaining({ type: type('unrecognized-request-url'), status: 404 })])
})
