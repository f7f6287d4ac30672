import { expect, test } from 'vitest'
import { call, deps, tenant, videoOf } from '../../support/site.ts'

test('a list holds the account’s own videos, newest first, in pages', async () => {
  const [mine, other] = [await tenant(), await tenant()]
  for (const title of ['one', 'two', 'three']) await videoOf(mine, { title })
  await videoOf(other, { title: 'not mine' })
  const first = await (await call('/api/v1/videos?per_page=2', { key: mine.key })).json<{ data: { title: string }[]; total: number; has_more: boolean }>()
  expect(first.data.map(({ title }) => title)).toEqual(['three', 'two'])
  expect(first).toMatchObject({ total: 3, has_more: true })
  const second = await (await call('/api/v1/videos?per_page=2&page=2', { key: mine.key })).json<{ data: { title: string }[] }>()
  expect(second.data.map(({ title }) => title)).toEqual(['one'])
})

test('a list can be searched, filtered by status and sorted by title', async () => {
  const mine = await tenant()
  await videoOf(mine, { title: 'Zebra 100%' })
  await videoOf(mine, { title: 'apple', status: 'ready' })
  const titles = async (query: string) =>
    (await (await call(`/api/v1/videos?${query}`, { key: mine.key })).json<{ data: { title: string }[] }>()).data.map(({ title }) => title)
  expect(await titles('search=0%25')).toEqual(['Zebra 100%'])
  expect(await titles('search=APPLE')).toEqual(['apple'])
  expect(await titles('status=ready')).toEqual(['apple'])
  expect(await titles('sort=title')).toEqual(['Zebra 100%', 'apple'])
})

test('a video is shown with its embed token, and another tenant’s is not there', async () => {
  const [mine, other] = [await tenant(), await tenant()]
  const video = await videoOf(mine)
  const answer = await call(`/api/v1/videos/${video.id}`, { key: mine.key })
  expect(answer.status).toBe(200)
  expect(answer.headers.get('X-Request-Id')).toMatch(/^[\w-]{8,64}$/)
  expect(await answer.json()).toMatchObject({ id: video.id, embed_token: video.embedToken, status: 'processing', playable: false })
  for (const method of ['GET', 'DELETE']) {
    const refused = await call(`/api/v1/videos/${video.id}`, { method, key: other.key })
    expect(refused.status).toBe(404)
    expect(await refused.json()).toMatchObject({ code: 'video_not_found' })
  }
})

test('PUT changes only what is sent and refuses unknown fields', async () => {
  const mine = await tenant()
  const video = await videoOf(mine)
  const put = (body: unknown) => call(`/api/v1/videos/${video.id}`, { method: 'PUT', key: mine.key, body: JSON.stringify(body) })
  const changed = await put({ title: 'New', allowed_domains: ['Example.com', '*.school.edu', 'localhost:3000'] })
  expect(await changed.json()).toMatchObject({ title: 'New', description: '', allowed_domains: ['example.com', '*.school.edu', 'localhost:3000'] })
  const refused = await put({ title: 'x', status: 'ready' })
  expect(refused.status).toBe(400)
  expect(await refused.json()).toMatchObject({ code: 'unknown_field', errors: [{ path: 'status' }] })
  expect(await (await put({ allowed_domains: ["x.com; script-src 'unsafe-inline'"] })).json()).toMatchObject({ code: 'invalid_domain' })
})

test('DELETE hides a video at once', async () => {
  const mine = await tenant()
  const video = await videoOf(mine)
  expect((await call(`/api/v1/videos/${video.id}`, { method: 'DELETE', key: mine.key })).status).toBe(204)
  expect((await call(`/api/v1/videos/${video.id}`, { key: mine.key })).status).toBe(404)
  expect((await deps.videos.list(mine.accountId, { search: null, status: null, sort: '-created_at' }, { offset: 0, limit: 10 })).total).toBe(0)
})

test('A07: without a credential, with a wrong one or with two, nothing is shown', async () => {
  const mine = await tenant()
  const codes = async (init: Parameters<typeof call>[1], path = '/api/v1/videos') => {
    const answer = await call(path, init)
    return [answer.status, (await answer.json<{ code: string }>()).code]
  }
  expect(await codes({})).toEqual([401, 'credentials_required'])
  expect(await codes({ key: 'avc_nonsense' })).toEqual([401, 'invalid_api_key'])
  expect(await codes({ key: mine.key, headers: { Authorization: 'Bearer x' } })).toEqual([400, 'ambiguous_credentials'])
  expect((await call(`/api/v1/videos?api_key=${mine.key}`)).status).toBe(200)
})

test('an unknown method answers 405 with Allow, an unknown path 404, both in the error form', async () => {
  const answer = await call('/api/v1/videos', { method: 'DELETE' })
  expect([answer.status, answer.headers.get('Allow')]).toEqual([405, 'GET, HEAD, POST'])
  expect(await (await call('/api/v1/nothing')).json()).toMatchObject({ code: 'route_not_found', request_id: expect.any(String) })
})

test('A31: every answer carries a request id: the caller’s where it is harmless, else a fresh one', async () => {
  for (const path of ['/api/v1/videos', '/api/v1/nothing', '/healthz', '/reference/', '/nowhere', '/watch/x']) {
    const kept = await call(path, { headers: { 'X-Request-Id': 'ticket-12345' } })
    expect(kept.headers.get('X-Request-Id')).toBe('ticket-12345')
    const replaced = await call(path, { headers: { 'X-Request-Id': '<script>' } })
    expect(replaced.headers.get('X-Request-Id')).toMatch(/^[0-9a-f-]{36}$/)
  }
})
