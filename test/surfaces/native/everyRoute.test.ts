/** The cases every native route must pass, generated from the route table: a new route is under test the moment it is registered. */
import { expect, test } from 'vitest'
import { native } from '../../../worker/src/surfaces/native/index.ts'
import { call, deps, post, type Tenant, tenant, videoOf } from '../../support/site.ts'

const routes = native.routes.map((route) => ({ ...route, name: `${route.method} ${native.base}${route.path}` }))
const priv = routes.filter(({ needs }) => needs !== 'public')
const scoped = priv.filter(({ needs }) => needs.includes(':'))
const withIds = priv.filter(({ path }) => path.includes(':'))
const withBody = priv.filter(({ input }) => input?.body)

/** One of each thing an address can name, owned by a tenant. */
async function belongings(owner: Tenant): Promise<Record<string, string>> {
  const video = await videoOf(owner)
  const json = async (answer: Promise<Response>) => (await answer).json<Record<string, string>>()
  const vtt = 'WEBVTT\n\n00:01.000 --> 00:02.000\nx\n'
  const track = await json(call(`/api/v1/videos/${video.id}/subtitles?language=en`, { method: 'POST', key: owner.key, body: vtt }))
  const token = await json(post('/api/v1/embed-token', { video_id: video.id }, { key: owner.key }))
  const preset = await json(post('/api/v1/presets', { name: 'x' }, { key: owner.key }))
  const key = await json(post('/api/v1/api-keys', { name: 'x' }, { key: owner.key }))
  const upload = await json(post('/api/v1/upload/init', { filename: 'a.mp4', size: 10 }, { key: owner.key }))
  return {
    '/videos/': video.id,
    '/subtitles/': track.id as string,
    '/embed-tokens/': token.id as string,
    '/presets/': preset.id as string,
    '/api-keys/': key.id as string,
    '/upload/': upload.upload_id as string,
  }
}

/** A route's address with real ids put in. */
function address(path: string, ids: Record<string, string>): string {
  return (native.base + path).replace(/(\/[a-z-]+\/):\w+/g, (_, noun: string) => noun + (ids[noun] ?? 'none'))
}
/** A body that gets past the parser where one is needed. */
const bodyOf = (route: (typeof routes)[number]) => (route.method === 'GET' || route.method === 'DELETE' ? {} : { body: route.input?.body ? '{}' : 'x' })
const refusal = async (answer: Response) => [answer.status, (await answer.json<{ code: string }>()).code]

test.each(priv)('$name: without a credential 401, and nothing else is said', async (route) => {
  const answer = await call(address(route.path, {}), { method: route.method, ...bodyOf(route) })
  expect(await refusal(answer)).toEqual([401, 'credentials_required'])
})

test.each(scoped)('$name: without its scope 403', async (route) => {
  const { key } = await tenant({ scopes: [route.needs === 'keys:read' ? 'stats:read' : 'keys:read'] })
  expect(await refusal(await call(address(route.path, {}), { method: route.method, key, ...bodyOf(route) }))).toEqual([403, 'insufficient_scope'])
})

test.each(withIds)('$name: for another tenant it is not there, word for word as if it never was', async (route) => {
  const [owner, other] = [await tenant(), await tenant()]
  const ids = await belongings(owner)
  const unknown = Object.fromEntries(Object.entries(ids).map(([noun, id]) => [noun, `${id.slice(0, 4)}${'0'.repeat(26)}`]))
  const said = async (path: string) => {
    const query = route.path.endsWith('/subtitles') && route.method === 'POST' ? '?language=en' : ''
    const answer = await call(path + query, { method: route.method, key: other.key, ...bodyOf(route) })
    return [answer.status, (await answer.text()).replace(/"request_id":"[^"]*"/, '')]
  }
  const theirs = await said(address(route.path, ids))
  expect(theirs[0]).toBe(404)
  expect(theirs).toEqual(await said(address(route.path, unknown)))
  expect((await deps.videos.list(owner.accountId, { search: null, status: null, sort: 'title' }, { offset: 0, limit: 9 })).total).toBe(1)
})

test.each(withBody)('$name: an unknown field is refused by name', async (route) => {
  const owner = await tenant()
  const ids = await belongings(owner)
  const answer = await call(address(route.path, ids), { method: route.method, key: owner.key, body: JSON.stringify({ account_id: 'acc_x' }) })
  expect(answer.status).toBe(400)
  const { code, errors } = await answer.json<{ code: string; errors: { path: string }[] }>()
  expect(code).toBe('unknown_field')
  expect(errors.map(({ path }) => path)).toContain('account_id')
})

test('a method no route has is answered with 405 and the ones there are', async () => {
  for (const path of new Set(routes.map((route) => route.path))) {
    const answer = await call(address(path, {}), { method: 'PATCH' })
    const allowed = routes.filter((route) => route.path === path).flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
    expect([answer.status, answer.headers.get('Allow')?.split(', ').sort()]).toEqual([405, allowed.sort()])
  }
})
