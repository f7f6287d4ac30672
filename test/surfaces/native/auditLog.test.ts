import { expect, test } from 'vitest'
import type { Id } from '../../../shared/src/ids.ts'
import { takeTelemetry } from '../../../worker/src/domain/analytics/takeTelemetry.ts'
import { call, deps, post, tenant } from '../../support/site.ts'

test('of requests alike in all, made at once, each is kept, and so is one refused for its rate, and one in another dialect', async () => {
  const owner = await tenant()
  const { id, key } = await (await post('/api/v1/api-keys', { name: 'audited' }, { key: owner.key })).json<{ id: Id<'apiKey'>; key: string }>()
  await Promise.all(Array.from({ length: 61 }, () => call('/api/v1/stats', { key, headers: { 'X-Request-Id': 'one-and-the-same' } })))
  const { access_token } = await (await post('/auth/api-key', { apiKey: key })).json<{ access_token: string }>()
  expect((await call('/players', { headers: { Authorization: `Bearer ${access_token}` } })).status).toBe(200)
  const counted = async () => {
    const { data } = await (await call(`/api/v1/api-keys/${id}/requests`, { key: owner.key })).json<{ data: { path: string; status: number }[] }>()
    return Object.fromEntries([...Map.groupBy(data, ({ path, status }) => `${status} ${path}`)].map(([what, all]) => [what, all.length]))
  }
  await expect.poll(counted, { timeout: 20_000, interval: 500 }).toEqual({ '200 /api/v1/stats': 60, '429 /api/v1/stats': 1, '200 /players': 1 })
})

test('the last 100 requests of a key are kept, refused ones too, without their query; another account’s key does not exist', async () => {
  const owner = await tenant()
  const { id, key } = await (await post('/api/v1/api-keys', { name: 'audited' }, { key: owner.key })).json<{ id: Id<'apiKey'>; key: string }>()
  await call(`/api/v1/videos?page=1&api_key=${key}`, { headers: { 'CF-Connecting-IP': '192.0.2.9' } })
  await call('/api/v1/videos/vid_none', { key, method: 'DELETE' })
  const audited = async () => (await (await call(`/api/v1/api-keys/${id}/requests`, { key: owner.key })).json<{ data: { method: string; path: string; status: number; ip: string }[] }>()).data
  await expect.poll(async () => (await audited()).map(({ method, path, status, ip }) => [method, path, status, ip]).sort(), { timeout: 20_000, interval: 500 }).toEqual([
    ['DELETE', '/api/v1/videos/vid_none', 404, ''],
    ['GET', '/api/v1/videos', 200, '192.0.2.9'],
  ])
  const later = deps.now() + 1_000_000
  const items = Array.from({ length: 130 }, (_, at) => ({ type: 'request' as const, request: { requestId: 'the-same-id', keyId: id, at: later + at, method: 'GET', path: `/${at}`, status: 200, ip: '', nonce: '' } }))
  await takeTelemetry(deps, items)
  await takeTelemetry(deps, items)
  expect((await audited()).map(({ path }) => path)).toEqual(Array.from({ length: 100 }, (_, at) => `/${129 - at}`))
  expect((await call(`/api/v1/api-keys/${id}/requests`, { key: (await tenant()).key })).status).toBe(404)
})
