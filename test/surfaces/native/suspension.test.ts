/** What an operator shuts an account out of, and what goes on without it. */
import { expect, test } from 'vitest'
import { encoded } from '../../support/fleet.ts'
import { call, deps, post, tenant } from '../../support/site.ts'
import { api, delegated } from '../apivideo/client.ts'

const OPERATOR = { Authorization: 'Bearer operator-token-for-tests-0123456789abcdef' }
const suspend = (id: string, suspended: unknown, headers: HeadersInit = OPERATOR) => call(`/api/v1/accounts/${id}`, { method: 'PUT', headers, body: JSON.stringify({ suspended }) })
const refusal = async (answer: Promise<Response>) => {
  const response = await answer
  const { code, type } = await response.json<{ code?: string; type?: string }>()
  return [response.status, code ?? type]
}

test('a suspended account’s keys, access tokens and upload tokens open nothing in either dialect, its videos play on, and all is as before once it is let in again', async () => {
  const mine = await tenant()
  const { video } = await encoded(mine, true)
  const { access_token } = await (await post('/auth/api-key', { apiKey: mine.key })).json<{ access_token: string }>()
  const { token } = await (await api(mine, 'POST', '/upload-tokens', {})).json<{ token: string }>()
  await call(`/api/v1/videos/${video.id}`, { method: 'PUT', key: mine.key, body: '{"visibility":"public"}' })
  const answer = await suspend(mine.accountId, true)
  const { suspended_at } = await answer.json<{ suspended_at: string }>()
  expect([answer.status, Math.abs(Date.parse(suspended_at) - Date.now()) < 60_000]).toEqual([200, true])
  expect(await (await suspend(mine.accountId, true)).json()).toMatchObject({ id: mine.accountId, suspended_at })
  // An isolate may trust for five seconds what it knew of a key.
  const native = () => refusal(call('/api/v1/videos', { key: mine.key }))
  await expect.poll(async () => (await native())[0], { timeout: 20_000, interval: 500 }).toBe(403)
  expect(await native()).toEqual([403, 'account_suspended'])
  const suspended = [403, 'https://docs.api.video/reference/authorization-suspended-account']
  for (const asked of [
    () => api(mine, 'GET', '/videos'),
    () => call('/videos', { headers: { Authorization: `Bearer ${access_token}` } }),
    () => post('/auth/api-key', { apiKey: mine.key }),
    () => delegated(token, new Uint8Array(1000)),
  ]) expect(await refusal(asked())).toEqual(suspended)
  expect((await call(`/vod/vi${video.id.slice(4)}/hls/manifest.m3u8`)).status).toBe(302)
  expect(await (await suspend(mine.accountId, false)).json()).toMatchObject({ suspended_at: null })
  await expect.poll(async () => (await api(mine, 'GET', '/videos')).status, { timeout: 20_000, interval: 500 }).toBe(200)
  expect((await delegated(token, new Uint8Array(1000).fill(1))).status).toBe(201)
})

test('who is logged in to a suspended account is let into nothing either, until it is let in again', async () => {
  const { account_id } = await (await call('/api/auth/bootstrap', { method: 'POST', headers: OPERATOR })).json<{ account_id: string }>()
  const admin = { email: 'admin@example.com', password: 'correct horse battery' }
  await post('/api/auth/setup', { ...admin, code: 'setup-code-for-tests' })
  const { token } = await (await post('/api/auth/login', admin)).json<{ token: string }>()
  const list = () => call('/api/v1/videos', { headers: { Authorization: `Bearer ${token}` } })
  expect((await list()).status).toBe(200)
  await suspend(account_id, true)
  expect(await refusal(list())).toEqual([403, 'account_suspended'])
  await suspend(account_id, false)
  expect((await list()).status).toBe(200)
})

test('the operator alone suspends', async () => {
  const mine = await tenant()
  for (const headers of [{}, { 'X-API-Key': mine.key }, { Authorization: 'Bearer wrong' }] as HeadersInit[]) expect((await suspend(mine.accountId, true, headers)).status).toBe(401)
  expect(await refusal(suspend(deps.newId('account'), true))).toEqual([404, 'account_not_found'])
  expect((await suspend(mine.accountId, 'yes')).status).toBe(400)
  expect((await call('/api/v1/videos', { key: mine.key })).status).toBe(200)
})
