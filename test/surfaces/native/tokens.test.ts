import { expect, test } from 'vitest'
import { emptyRollup } from '../../../worker/src/domain/analytics/rollup.ts'
import { call, deps, post, tenant, videoOf } from '../../support/site.ts'

interface Minted {
  id: string
  embed_token: string
  expires_at: string
}
const code = async (answer: Response) => [answer.status, (await answer.json<{ code?: string }>()).code]

test('a minted token names its viewer, expires, is listed and revoked', async () => {
  const mine = await tenant()
  const video = await videoOf(mine)
  const answer = await post('/api/v1/embed-token', { video_id: video.id, viewer_id: 'student-7', expires_in: 60, allowed_domains: ['School.edu'] }, { key: mine.key })
  expect(answer.status).toBe(201)
  const minted = await answer.json<Minted>()
  expect(minted).toMatchObject({ embed_token: expect.stringMatching(/^[0-9a-f]{32}$/), viewer_id: 'student-7', allowed_domains: ['school.edu'] })
  expect(Date.parse(minted.expires_at) - Date.now()).toBeGreaterThan(50_000)
  expect(await (await call(`/api/v1/embed-tokens?video_id=${video.id}`, { key: mine.key })).json()).toMatchObject({ total: 1, data: [{ id: minted.id, revoked_at: null }] })
  expect((await call(`/api/v1/embed/${minted.embed_token}`)).status).toBe(200)
  expect((await call(`/api/v1/embed-tokens/${minted.embed_token}`, { method: 'DELETE', key: mine.key })).status).toBe(204)
  expect(await code(await call(`/api/v1/embed/${minted.embed_token}`))).toEqual([410, 'token_revoked'])
})

test('a token is minted for one’s own video only, and only its account can revoke it', async () => {
  const [mine, other] = [await tenant(), await tenant()]
  const video = await videoOf(mine)
  expect(await code(await post('/api/v1/embed-token', { video_id: video.id }, { key: other.key }))).toEqual([404, 'video_not_found'])
  const { id } = await (await post('/api/v1/embed-token', { video_id: video.id }, { key: mine.key })).json<Minted>()
  expect(await code(await call(`/api/v1/embed-tokens/${id}`, { method: 'DELETE', key: other.key }))).toEqual([404, 'embed_token_not_found'])
})

test('public facts need no credential and any origin may read them; a private video shows nothing by its own token', async () => {
  const mine = await tenant()
  const video = await videoOf(mine, { title: 'Open' })
  const open = await call(`/api/v1/embed/${video.embedToken}`)
  expect(open.headers.get('Access-Control-Allow-Origin')).toBe('*')
  expect(await open.json()).toMatchObject({ title: 'Open', playable: false })
  await call(`/api/v1/videos/${video.id}`, { method: 'PUT', key: mine.key, body: JSON.stringify({ visibility: 'private' }) })
  expect(await code(await call(`/api/v1/embed/${video.embedToken}`))).toEqual([403, 'token_required'])
  const { embed_token } = await (await post('/api/v1/embed-token', { video_id: video.id }, { key: mine.key })).json<Minted>()
  expect((await call(`/api/v1/embed/${embed_token}`)).status).toBe(200)
  expect(await code(await call(`/api/v1/embed/${'0'.repeat(32)}`))).toEqual([404, 'embed_not_found'])
})

test('A09: an API key is shown once, works, can be narrowed, and stops working at once when revoked', async () => {
  const mine = await tenant()
  const created = await (await post('/api/v1/api-keys', { name: 'ci', scopes: ['videos:read', 'keys:read'] }, { key: mine.key })).json<{ id: string; key: string }>()
  expect(created.key).toMatch(/^avc_[0-9a-f]{64}$/)
  expect((await call('/api/v1/videos', { key: created.key })).status).toBe(200)
  expect(await code(await post('/api/v1/presets', { name: 'x' }, { key: created.key }))).toEqual([403, 'insufficient_scope'])
  const list = await (await call('/api/v1/api-keys', { key: created.key })).text()
  expect(list).not.toContain(created.key)
  expect(list).toContain(created.key.slice(0, 12))
  expect((await call(`/api/v1/api-keys/${created.id}`, { method: 'DELETE', key: mine.key })).status).toBe(204)
  expect(await code(await call('/api/v1/videos', { key: created.key }))).toEqual([401, 'api_key_revoked'])
})

test('A09: a key cannot give away more than it has, and an expired one is refused', async () => {
  const narrow = await tenant({ scopes: ['keys:write'] })
  expect(await code(await post('/api/v1/api-keys', { name: 'x', scopes: ['videos:write'] }, { key: narrow.key }))).toEqual([403, 'insufficient_scope'])
  const mine = await tenant()
  const soon = new Date(Date.now() + 3_000).toISOString()
  const { key } = await (await post('/api/v1/api-keys', { name: 'x', expires_at: soon }, { key: mine.key })).json<{ key: string }>()
  await expect.poll(async () => code(await call('/api/v1/videos', { key })), { timeout: 30_000, interval: 500 }).toEqual([401, 'api_key_expired'])
})

test('stats add up videos, views and storage, and me says whose credential it is', async () => {
  const mine = await tenant()
  const video = await videoOf(mine, { status: 'ready' })
  await videoOf(mine)
  await deps.commit([deps.usage.put({ videoId: video.id, day: 20_000, version: 1, rollup: { ...emptyRollup(), views: 3 } })])
  expect(await (await call('/api/v1/stats', { key: mine.key })).json()).toMatchObject({ total_videos: 2, total_views: 3, storage_used: 0, videos_by_status: { ready: 1, processing: 1, failed: 0 } })
  expect(await (await call(`/api/v1/videos/${video.id}/stats`, { key: mine.key })).json()).toMatchObject({ video_id: video.id, views: 3, period: { views: 0 } })
  expect(await (await call('/api/v1/me', { key: mine.key })).json()).toMatchObject({ account: { id: mine.accountId }, credential: { kind: 'apiKey' } })
})

test('the 61st write in a minute is refused with the time to wait, and headers count down', async () => {
  const mine = await tenant()
  const answers: Response[] = []
  for (let at = 0; at < 61; at++) answers.push(await call('/api/v1/presets/pre_00000000000000000000000000', { method: 'DELETE', key: mine.key }))
  expect(answers[0]?.headers.get('X-RateLimit-Remaining')).toBe('59')
  expect(answers.slice(0, 60).every(({ status }) => status === 404)).toBe(true)
  expect(answers[60]?.status).toBe(429)
  expect(Number(answers[60]?.headers.get('Retry-After'))).toBeGreaterThan(0)
  expect(await answers[60]?.json()).toMatchObject({ code: 'rate_limited' })
  expect((await call('/api/v1/videos', { key: mine.key })).status).toBe(200)
})
