import { expect, test } from 'vitest'
import { createLiveStream, MAX_LIVE_STREAMS } from '../../../worker/src/domain/live/createLiveStream.ts'
import { SCOPES } from '../../../worker/src/domain/actor.ts'
import { webp } from '../../support/images.ts'
import { call, deps, post, tenant, type Tenant } from '../../support/site.ts'

interface Live {
  id: string
  name: string
  stream_key: string | null
  restreams: { name: string; server_url: string; stream_key: string | null }[]
  thumbnail_url: string | null
}
const API = '/api/v1/live-streams'
const make = async ({ key }: Tenant, body: object) => (await post(API, body, { key })).json<Live>()
const list = async ({ key }: Tenant, query = '') => (await call(`${API}${query}`, { key })).json<{ data: Live[]; total: number }>()
const RESTREAM = { name: 'Elsewhere', server_url: 'rtmp://live.acme.com/app', stream_key: 'their-key' }

test('a live stream is made with a key of its own, read, changed in part and deleted', async () => {
  const mine = await tenant()
  const { key } = mine
  const made = await post(API, { name: ' Sunday  service ', restreams: [RESTREAM] }, { key })
  expect(made.status).toBe(201)
  const live = await made.json<Live>()
  expect(live).toMatchObject({ name: 'Sunday service', visibility: 'public', record: false, broadcasting: false, preset_id: null, restreams: [RESTREAM], thumbnail_url: null })
  expect(live.stream_key).toMatch(/^[0-9a-f]{32}$/)
  expect((await make(mine, { name: 'b' })).stream_key).not.toBe(live.stream_key)
  const put = async (body: object) => (await call(`${API}/${live.id}`, { method: 'PUT', key, body: JSON.stringify(body) })).json<Live>()
  expect(await put({ record: true, visibility: 'private' })).toMatchObject({ name: 'Sunday service', record: true, visibility: 'private', stream_key: live.stream_key, restreams: [RESTREAM] })
  expect(await put({ restreams: [] })).toMatchObject({ record: true, restreams: [] })
  expect(await (await call(`${API}/${live.id}`, { key })).json()).toMatchObject({ id: live.id, restreams: [] })
  const complete = await call(`${API}/${live.id}/complete`, { method: 'POST', key })
  expect(complete.status).toBe(202)
  expect((await call(`${API}/${live.id}`, { method: 'DELETE', key })).status).toBe(204)
  expect((await call(`${API}/${live.id}`, { key })).status).toBe(404)
})

test('keys are unreadable in the database and to who may only read', async () => {
  const mine = await tenant()
  const live = await make(mine, { name: 'a', restreams: [RESTREAM] })
  const row = JSON.stringify(await deps.liveStreams.find(mine.accountId, live.id))
  expect([row.includes(live.stream_key ?? ''), row.includes('their-key')]).toEqual([false, false])
  const { key } = await (await post('/api/v1/api-keys', { name: 'reader', scopes: ['videos:read'] }, { key: mine.key })).json<{ key: string }>()
  expect(await (await call(`${API}/${live.id}`, { key })).json()).toMatchObject({ stream_key: null, restreams: [{ ...RESTREAM, stream_key: null }] })
})

test('a list is the account’s own, by part of the name, by stream key, and in the order asked for', async () => {
  const mine = await tenant()
  await make(await tenant(), { name: 'alpha' })
  const made: Live[] = []
  for (const name of ['Beta', 'alpha', 'gamma alpha']) made.push(await make(mine, { name }))
  const names = async (query: string) => (await list(mine, query)).data.map(({ name }) => name)
  expect(await names('')).toEqual(['gamma alpha', 'alpha', 'Beta'])
  expect(await names('?name=ALPHA&sort=name')).toEqual(['alpha', 'gamma alpha'])
  expect(await names('?name=%25')).toEqual([])
  expect(await names('?sort=created_at&per_page=2&page=2')).toEqual(['gamma alpha'])
  await call(`${API}/${made[0]?.id}`, { method: 'PUT', key: mine.key, body: '{"record":true}' })
  expect((await names('?sort=-updated_at'))[0]).toBe('Beta')
  expect(await list(mine, `?stream_key=${made[1]?.stream_key}`)).toMatchObject({ total: 1, data: [{ id: made[1]?.id }] })
  expect(await list(mine, '?stream_key=nobody')).toMatchObject({ total: 0 })
})

test('bad fields are refused by name', async () => {
  const { key } = await tenant()
  const paths = async (body: object) => {
    const answer = await post(API, body, { key })
    return [answer.status, ((await answer.json<{ errors?: { path: string }[] }>()).errors ?? []).map(({ path }) => path)]
  }
  expect(await paths({ name: 'x', restreams: [RESTREAM, { ...RESTREAM, server_url: 'http://acme.com/app' }] })).toEqual([400, ['restreams.1.server_url']])
  expect(await paths({ name: 'x', restreams: Array(6).fill(RESTREAM) })).toEqual([400, ['restreams']])
  expect(await paths({ name: 'x', preset_id: 'pre_00000000000000000000000000' })).toEqual([400, ['preset_id']])
  expect(await paths({ name: '' })).toEqual([400, ['name']])
})

test('a thumbnail is told by its bytes, served, replaced and removed', async () => {
  const mine = await tenant()
  const { key } = mine
  const { id } = await make(mine, { name: 'a' })
  const put = (body: BodyInit) => call(`${API}/${id}/thumbnail`, { method: 'PUT', key, body })
  const first = (await (await put(webp(4, 2))).json<Live>()).thumbnail_url ?? ''
  const served = await call(first)
  expect([served.status, served.headers.get('Content-Type'), (await served.arrayBuffer()).byteLength]).toEqual([200, 'image/webp', webp(4, 2).length])
  expect((await put('GIF89a')).status).toBe(415)
  const second = (await (await put(webp(4, 2))).json<Live>()).thumbnail_url ?? ''
  expect([(await call(first)).status, (await call(second)).status]).toEqual([404, 200])
  expect((await call(`${API}/${id}/thumbnail`, { method: 'DELETE', key })).status).toBe(204)
  expect([(await call(second)).status, await (await call(`${API}/${id}`, { key })).json()]).toMatchObject([404, { thumbnail_url: null }])
})

test('an account has at most 1,000 live streams', async () => {
  const { accountId, key } = await tenant()
  const actor = { kind: 'apiKey' as const, accountId, scopes: SCOPES, subjectId: deps.newId('apiKey'), rateLimits: null, siteAdmin: false }
  const one = await createLiveStream(deps, actor, { name: 'a' })
  const row = (await deps.liveStreams.find(accountId, one.id))!
  const more = (from: number, to: number) => deps.commit(Array.from({ length: to - from }, (_, at) => deps.liveStreams.add({ ...row, id: deps.newId('liveStream'), streamKeyHash: `${accountId}-${from + at}` })))
  for (let at = 1; at < MAX_LIVE_STREAMS; at += 250) await more(at, Math.min(at + 250, MAX_LIVE_STREAMS))
  const refused = await post(API, { name: 'one more' }, { key })
  expect([refused.status, await refused.json()]).toMatchObject([403, { code: 'too_many_live_streams' }])
  await call(`${API}/${one.id}`, { method: 'DELETE', key })
  expect((await post(API, { name: 'one more' }, { key })).status).toBe(201)
})
