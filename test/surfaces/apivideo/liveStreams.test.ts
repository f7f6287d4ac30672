import { expect, test } from 'vitest'
import { webp } from '../../support/images.ts'
import { call, post, type Tenant, tenant } from '../../support/site.ts'

interface Live {
  liveStreamId: string
  name: string
  streamKey: string
  public: boolean
  record: boolean
  restreams: unknown[]
  assets: { iframe: string; player: string; hls: string; thumbnail: string }
}
interface Page {
  data: Live[]
  pagination: { itemsTotal: number; pagesTotal: number; currentPageItems: number; links: { rel: string }[] }
}
const basic = ({ key }: Tenant) => ({ headers: { Authorization: `Basic ${btoa(`${key}:`)}` } })
const make = (mine: Tenant, body: object) => post('/live-streams', body, basic(mine))
const made = async (mine: Tenant, body: object = { name: 'My live' }) => (await make(mine, body)).json<Live>()
const list = async (mine: Tenant, query = '') => (await call(`/live-streams${query}`, basic(mine))).json<Page>()
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/
const RESTREAM = { name: 'Elsewhere', serverUrl: 'rtmps://live.acme.dev/app', streamKey: 'their-key' }
function thumbnailForm(bytes: string | Uint8Array<ArrayBuffer>): FormData {
  const form = new FormData()
  form.set('file', new File([bytes], 'file', { type: 'application/octet-stream' }))
  return form
}
const upload = (mine: Tenant, id: string, bytes: string | Uint8Array<ArrayBuffer> = webp(4, 2)) => call(`/live-streams/${id}/thumbnail`, { method: 'POST', body: thumbnailForm(bytes), ...basic(mine) })

test('a live stream is created, shown, changed, completed and deleted, with the dialect’s statuses', async () => {
  const mine = await tenant()
  const answer = await make(mine, { name: 'My live', restreams: [RESTREAM] })
  expect([answer.status, answer.headers.get('Content-Type')]).toEqual([200, 'application/json'])
  const live = await answer.json<Live>()
  const id = live.liveStreamId
  const page = `http://avocet.test/live/${id}`
  expect(live).toEqual({
    liveStreamId: expect.stringMatching(/^li[0-9a-z]{26}$/),
    name: 'My live', streamKey: expect.stringMatching(/^\S{16,}$/), public: true, record: false, broadcasting: false, playerId: null, restreams: [RESTREAM],
    createdAt: expect.stringMatching(TIME), updatedAt: expect.stringMatching(TIME),
    assets: { iframe: `<iframe src="${page}" width="100%" height="100%" frameborder="0" scrolling="no" allowfullscreen="true"></iframe>`, player: page, hls: `${page}.m3u8`, thumbnail: `${page}/thumbnail.jpg` },
  })
  const { playerId } = await (await post('/players', {}, basic(mine))).json<{ playerId: string }>()
  const patch = async (body: object) => (await call(`/live-streams/${id}`, { method: 'PATCH', body: JSON.stringify(body), ...basic(mine) })).json<Live>()
  expect(await patch({ playerId, record: true })).toMatchObject({ playerId, record: true, restreams: [RESTREAM], name: 'My live' })
  expect(await patch({ restreams: [], name: 'Other', playerId: null })).toMatchObject({ playerId: null, record: true, restreams: [], name: 'Other' })
  expect(await (await call(`/live-streams/${id}`, basic(mine))).json()).toMatchObject({ name: 'Other', streamKey: live.streamKey })
  const complete = await call(`/live-streams/${id}/complete`, { method: 'PUT', body: '', headers: { ...basic(mine).headers, 'Content-Type': 'application/x-www-form-urlencoded' } })
  expect([complete.status, complete.headers.get('Content-Type'), await complete.text()]).toEqual([202, null, ''])
  expect((await call(`/live-streams/${id}`, { method: 'DELETE', ...basic(mine) })).status).toBe(204)
  const missing = await call(`/live-streams/${id}`, basic(mine))
  expect([missing.status, await missing.json()]).toEqual([404, expect.objectContaining({ type: 'https://docs.api.video/reference/resource-not-found', name: 'liveStreamId', status: 404 })])
})

test('a list is found by part of the name or by stream key, sorted and paged', async () => {
  const mine = await tenant()
  const [beta] = [await made(mine, { name: 'Beta' }), await made(mine, { name: 'alpha' }), await made(mine, { name: 'gamma ALPHA' })]
  const names = async (query: string) => (await list(mine, query)).data.map(({ name }) => name)
  expect(await names('')).toEqual(['gamma ALPHA', 'alpha', 'Beta'])
  expect(await names('?name=alp&sortBy=name')).toEqual(['alpha', 'gamma ALPHA'])
  expect(await names(`?streamKey=${beta.streamKey}`)).toEqual(['Beta'])
  expect(await names('?streamKey=none')).toEqual([])
  const page = await list(mine, '?sortBy=createdAt&sortOrder=asc&currentPage=2&pageSize=2')
  expect([page.data.map(({ name }) => name), page.pagination]).toMatchObject([['gamma ALPHA'], { itemsTotal: 3, pagesTotal: 2, currentPageItems: 1 }])
  expect(page.pagination.links.map(({ rel }) => rel)).toEqual(['self', 'first', 'previous', 'last'])
  for (const query of ['currentPage=0', 'pageSize=101', 'sortBy=key']) expect([query, (await call(`/live-streams?${query}`, basic(mine))).status]).toEqual([query, 400])
})

test('wrong attributes are named as the dialect nests them', async () => {
  const mine = await tenant()
  const refusal = async (body: object) => {
    const answer = await make(mine, body)
    const { problems } = await answer.json<{ problems: { name: string; type: string }[] }>()
    return [answer.status, problems.map(({ name, type }) => `${name} ${type.split('/').at(-1)}`)]
  }
  expect(await refusal({})).toEqual([400, ['name attribute-required']])
  expect(await refusal({ name: '' })).toEqual([400, ['name invalid-attribute']])
  expect(await refusal({ name: 'x', restreams: [RESTREAM, { ...RESTREAM, serverUrl: 'http://acme.dev/app' }] })).toEqual([400, ['restreams[1][serverUrl] invalid-attribute']])
  expect(await refusal({ name: 'x', restreams: [{ name: 'x', serverUrl: 'rtmp://acme.dev/app' }] })).toEqual([400, ['restreams[0][streamKey] attribute-required']])
  expect(await refusal({ name: 'x', restreams: Array(6).fill(RESTREAM) })).toEqual([400, ['restreams invalid-attribute']])
  for (const playerId of ['plnone', `pl${'0'.repeat(26)}`]) expect(await refusal({ name: 'x', playerId })).toEqual([400, ['playerId invalid-attribute']])
})

test('a thumbnail is uploaded, seen and removed; its address stays', async () => {
  const mine = await tenant()
  const { liveStreamId: id, assets } = await made(mine)
  expect((await call(assets.thumbnail)).status).toBe(404)
  const uploaded = await upload(mine, id)
  expect([uploaded.status, (await uploaded.json<Live>()).assets.thumbnail]).toEqual([201, assets.thumbnail])
  const seen = await call(assets.thumbnail)
  expect([seen.status, seen.headers.get('Content-Type'), seen.headers.get('Access-Control-Allow-Origin')]).toEqual([200, 'image/webp', '*'])
  expect((await upload(mine, id, 'no image')).status).toBe(400)
  const removed = await call(`/live-streams/${id}/thumbnail`, { method: 'DELETE', ...basic(mine) })
  expect([removed.status, (await removed.json<Live>()).assets.thumbnail]).toEqual([200, assets.thumbnail])
  expect((await call(assets.thumbnail)).status).toBe(404)
})

test('a public one has a page for anybody, and no playlist before it is broadcast', async () => {
  const mine = await tenant()
  const { assets } = await made(mine, { name: '<b>Sunday</b>' })
  const page = await call(assets.player)
  expect([page.status, page.headers.get('Content-Type')]).toEqual([200, 'text/html; charset=utf-8'])
  const text = await page.text()
  expect([text.includes('&lt;b&gt;Sunday'), text.includes('<b>Sunday')]).toEqual([true, false])
  expect((await call(assets.hls)).status).toBe(404)
})

test('a private one is seen with its token, once, and with the session the token is exchanged for', async () => {
  const mine = await tenant()
  const { liveStreamId: id } = await made(mine, { name: 'Closed', public: false })
  await upload(mine, id)
  const fresh = async () => (await (await call(`/live-streams/${id}`, basic(mine))).json<Live>()).assets
  const [one, two] = [await fresh(), await fresh()]
  expect(one.hls).toMatch(new RegExp(`^http://avocet.test/live/private/[^/]+/${id}\\.m3u8$`))
  expect(one.player).toMatch(new RegExp(`/live/${id}\\?token=[^&]+$`))
  expect(one.player).not.toBe(two.player)
  const plain = `http://avocet.test/live/${id}`
  expect([(await call(plain)).status, (await call(`${plain}/thumbnail.jpg`)).status, (await call(`${plain}?token=x`)).status]).toEqual([404, 404, 404])
  const page = await call(one.player)
  const picture = /src="([^"]+)"/.exec(await page.text())?.[1] ?? ''
  expect([page.status, (await call(picture)).status, (await call(one.player)).status, (await call(one.thumbnail)).status]).toEqual([200, 200, 404, 404])
  const session = await call(two.thumbnail.replace('thumbnail.jpg', 'session'))
  const { session_token: avh } = await session.json<{ session_token: string }>()
  for (const address of [`${plain}?avh=${avh}`, `${plain}/thumbnail.jpg?avh=${avh}`, `${two.thumbnail}?avh=${avh}`]) expect([address, (await call(address)).status]).toEqual([address, 200])
  const { liveStreamId: other } = await made(mine, { name: 'Other', public: false })
  expect([(await call(`/live/${other}?avh=${avh}`)).status, (await call(two.thumbnail)).status]).toEqual([404, 404])
})

test('another tenant’s live stream is not there', async () => {
  const [mine, other] = [await tenant(), await tenant()]
  const { liveStreamId: id } = await made(mine)
  for (const [method, path, body] of [['GET', '', undefined], ['PATCH', '', '{}'], ['DELETE', '', undefined], ['POST', '/thumbnail', thumbnailForm(webp(4, 2))], ['DELETE', '/thumbnail', undefined], ['PUT', '/complete', undefined]] as const) {
    const answer = await call(`/live-streams/${id}${path}`, { method, ...(body ? { body } : {}), ...basic(other) })
    expect([method, path, answer.status]).toEqual([method, path, 404])
  }
  expect((await list(other)).pagination.itemsTotal).toBe(0)
})
