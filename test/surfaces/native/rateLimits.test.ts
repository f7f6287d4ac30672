import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, test, vi } from 'vitest'
import { durableRateLimiter } from '../../../worker/src/adapters/durableObjects.ts'
import type { Env } from '../../../worker/src/env.ts'
import { call, deps, post, tenant, videoOf } from '../../support/site.ts'

const { RATE_LIMITER } = env as unknown as Env
const OPERATOR = { Authorization: 'Bearer operator-token-for-tests-0123456789abcdef' }
const limiterOf = (owner: string) => RATE_LIMITER.get(RATE_LIMITER.idFromName(owner))
const statuses = async (answers: Promise<Response>[]) => {
  const count: Record<number, number> = {}
  for (const { status } of await Promise.all(answers)) count[status] = (count[status] ?? 0) + 1
  return count
}
const many = (count: number, run: (index: number) => Promise<Response>) => statuses(Array.from({ length: count }, (_, index) => run(index)))

test('of 70 stats calls at once exactly 60 are answered, and the rest are told when to come back', async () => {
  const { key } = await tenant()
  expect(await many(70, () => call('/api/v1/stats', { key }))).toEqual({ 200: 60, 429: 10 })
  const refused = await call('/api/v1/stats', { key })
  expect(await refused.json()).toMatchObject({ code: 'rate_limited', error: 'Too many requests: at most 60 a minute.' })
  const wait = Number(refused.headers.get('Retry-After'))
  expect(wait).toBeGreaterThan(30)
  expect(wait).toBeLessThanOrEqual(60)
  const told = ['RateLimit-Policy', 'RateLimit', 'X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset'].map((name) => refused.headers.get(name))
  expect(told).toEqual(['"stats";q=60;w=60', `"stats";r=0;t=${wait}`, '60', '0', String(wait)])
})

test('every answer tells what is left, class by class: reads 300, writes 60, uploads 60, stats 60', async () => {
  const mine = await tenant()
  const video = await videoOf(mine)
  const left = async (answer: Promise<Response>) => ['X-RateLimit-Limit', 'X-RateLimit-Remaining', 'RateLimit-Policy'].map((name) => answer.then(({ headers }) => headers.get(name)))
  const told = async (answer: Promise<Response>) => Promise.all(await left(answer))
  expect(await told(call('/api/v1/videos', { key: mine.key }))).toEqual(['300', '299', '"read";q=300;w=60'])
  expect(await told(call(`/api/v1/videos/${video.id}`, { key: mine.key }))).toEqual(['300', '298', '"read";q=300;w=60'])
  expect(await told(call(`/api/v1/videos/${video.id}`, { key: mine.key, method: 'PUT', body: '{}' }))).toEqual(['60', '59', '"write";q=60;w=60'])
  expect(await told(post('/api/v1/upload/init', { filename: 'a.mp4', size: 10 }, mine))).toEqual(['60', '59', '"upload";q=60;w=60'])
  expect(await told(call('/api/v1/stats', { key: mine.key }))).toEqual(['60', '59', '"stats";q=60;w=60'])
})

test('a refused write changes nothing', async () => {
  const mine = await tenant()
  const video = await videoOf(mine)
  const rename = (title: string) => call(`/api/v1/videos/${video.id}`, { key: mine.key, method: 'PUT', body: JSON.stringify({ title }) })
  await many(60, () => call(`/api/v1/videos/${deps.newId('video')}`, { key: mine.key, method: 'DELETE' }))
  expect((await rename('Too late')).status).toBe(429)
  expect(await deps.videos.find(mine.accountId, video.id)).toMatchObject({ title: 'A clip', version: 1 })
})

test('A34: another key of the account, another query, HEAD and other spellings are counted the same', async () => {
  const { key } = await tenant()
  const { key: second } = await (await post('/api/v1/api-keys', { name: 'second' }, { key })).json<{ key: string }>()
  const spellings = [
    () => call('/api/v1/stats', { key }),
    () => call('/api/v1/stats?bucket=month', { key }),
    () => call('/api/v1/stats', { key: second }),
    () => call('/api/v1/stats', { key, method: 'HEAD' }),
    () => call(`/api/v1/stats?api_key=${second}`),
    () => call('/api/v1/%73tats', { headers: { Authorization: `Bearer ${key}` } }),
  ]
  expect(await many(66, (index) => spellings[index % spellings.length]!())).toEqual({ 200: 60, 429: 6 })
  for (const other of ['/api/v1/STATS', '/api/v1/stats/', '/api/v1//stats']) expect((await call(other, { key })).status).toBe(404)
})

test('one account’s flood is nothing to another, nor to its own people’s sessions', async () => {
  const [mine, other] = [await tenant(), await tenant()]
  await many(61, () => call('/api/v1/stats', { key: mine.key }))
  expect((await call('/api/v1/stats', { key: mine.key })).status).toBe(429)
  expect((await call('/api/v1/stats', { key: other.key })).status).toBe(200)
  const user = { id: deps.newId('user'), accountId: mine.accountId, email: 'owner@flood.example', name: '', passwordHash: '', role: 'owner' as const, siteAdmin: false, sessionVersion: 1, createdAt: 0 }
  await deps.commit([deps.users.add(user)])
  const session = await deps.tokens.sign('session', { sub: user.id, acc: mine.accountId, ver: 1 }, 60)
  expect((await call('/api/v1/stats', { headers: { Authorization: `Bearer ${session}` } })).status).toBe(200)
})

test('what was counted is still counted after the limiter was evicted', async () => {
  const { key, accountId } = await tenant()
  await many(40, () => call('/api/v1/stats', { key }))
  await evictDurableObject(limiterOf(accountId))
  expect(await many(40, () => call('/api/v1/stats', { key }))).toEqual({ 200: 20, 429: 20 })
  await evictDurableObject(limiterOf(accountId))
  expect((await call('/api/v1/stats', { key })).status).toBe(429)
})

test('the operator gives a key limits of its own, apart from the account’s; an account cannot', async () => {
  const { key, accountId } = await tenant()
  const made = await (await post('/api/v1/api-keys', { name: 'integration' }, { key })).json<{ id: string; key: string; rate_limits: null }>()
  expect(made.rate_limits).toBeNull()
  const change = (rate_limits: unknown, headers: HeadersInit = OPERATOR) => call(`/api/v1/api-keys/${made.id}/rate-limits`, { method: 'PUT', headers, body: JSON.stringify({ rate_limits }) })
  expect((await change({ stats: 100 }, { 'X-API-Key': key })).status).toBe(401)
  expect((await change({ stats: 6_001 })).status).toBe(400)
  expect((await change({ chunks: 1 })).status).toBe(400)
  const changed = await change({ stats: 65 })
  expect([changed.status, (await changed.json<{ rate_limits: object }>()).rate_limits]).toEqual([200, { stats: 65 }])
  expect(await many(70, () => call('/api/v1/stats', { key: made.key }))).toEqual({ 200: 65, 429: 5 })
  expect((await call('/api/v1/stats', { key })).headers.get('X-RateLimit-Remaining')).toBe('59')
  expect((await call('/api/v1/videos', { key: made.key })).headers.get('X-RateLimit-Limit')).toBe('300')
  expect((await change(null)).status).toBe(200)
  expect((await call('/api/v1/stats', { key: made.key })).headers.get('X-RateLimit-Remaining')).toBe('58')
  expect(accountId).toMatch(/^acc_/)
  expect((await call(`/api/v1/api-keys/${deps.newId('apiKey')}/rate-limits`, { method: 'PUT', headers: OPERATOR, body: '{"rate_limits":null}' })).status).toBe(404)
})

test('an admin of the site may as well, logged in; an owner who is none may not', async () => {
  const mine = await tenant()
  const { id } = await (await post('/api/v1/api-keys', { name: 'integration' }, mine)).json<{ id: string }>()
  const person = async (siteAdmin: boolean) => {
    const user = { id: deps.newId('user'), accountId: (await tenant()).accountId, email: `${deps.crypto.randomHex(6)}@people.example`, name: '', passwordHash: '', role: 'owner' as const, siteAdmin, sessionVersion: 1, createdAt: 0 }
    await deps.commit([deps.users.add(user)])
    return { Authorization: `Bearer ${await deps.tokens.sign('session', { sub: user.id, acc: user.accountId, ver: 1 }, 60)}` }
  }
  const change = async (headers: HeadersInit) => {
    const answer = await call(`/api/v1/api-keys/${id}/rate-limits`, { method: 'PUT', headers, body: '{"rate_limits":{"read":9}}' })
    return [answer.status, (await answer.json<{ code?: string; rate_limits?: object }>()).code]
  }
  expect([await change(await person(false)), await change(await person(true))]).toEqual([[403, 'site_admin_required'], [200, undefined]])
})

test('while the limiter cannot be reached calls are let through, and a flood of one account is held off all the same', async () => {
  const warned = vi.spyOn(console, 'warn').mockImplementation(() => {})
  const broken = { get: () => ({ take: () => Promise.reject(new Error('overloaded')) }), idFromName: () => ({}) } as unknown as Env['RATE_LIMITER']
  const limiter = durableRateLimiter({ RATE_LIMITER: broken, PLAYBACK_LIMIT: (env as unknown as Env).PLAYBACK_LIMIT })
  const take = (owner: string) => limiter.take({ owner, name: 'read', limit: 300, windowSeconds: 60 })
  const [flooder, other] = [deps.newId('account'), deps.newId('account')]
  // Its local window is aligned to the clock, so a flood may fall into two.
  const verdicts = await Promise.all(Array.from({ length: 2_410 }, () => take(flooder)))
  expect(verdicts[0]).toBeNull()
  expect(verdicts.findLast((verdict) => verdict !== null)).toEqual({ allowed: false, limit: 300, remaining: 0, resetSeconds: 10 })
  expect(await take(other)).toBeNull()
  expect(warned).toHaveBeenCalledTimes(2_411)
  warned.mockRestore()
})
