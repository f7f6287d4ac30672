import { expect, test } from 'vitest'
import { png } from '../../support/images.ts'
import { call, post, type Tenant, tenant } from '../../support/site.ts'

type Player = Record<string, unknown> & { playerId: string; assets: { logo: string | null; link: string | null } }
interface Page {
  data: Player[]
  pagination: { itemsTotal: number; pagesTotal: number; links: { rel: string; uri: string }[] }
}
const basic = ({ key }: Tenant) => ({ headers: { Authorization: `Basic ${btoa(`${key}:`)}` } })
const make = (mine: Tenant, body: object) => post('/players', body, basic(mine))
const made = async (mine: Tenant, body: object = {}) => (await make(mine, body)).json<Player>()
const list = async (mine: Tenant, query = '') => (await call(`/players${query}`, basic(mine))).json<Page>()
const WHITE = 'rgba(255, 255, 255, 1)'
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/

/** As nodejs-client sends it: the file first, under its own name, then the link. */
function logoForm(bytes: string | Uint8Array<ArrayBuffer>, link?: string): FormData {
  const form = new FormData()
  form.set('file', new File([bytes], 'file', { type: 'application/octet-stream' }))
  if (link !== undefined) form.set('link', link)
  return form
}
const upload = (mine: Tenant, playerId: string, body: BodyInit) => call(`/players/${playerId}/logo`, { method: 'POST', body, ...basic(mine) })

test('a player made of nothing has the dialect’s defaults', async () => {
  const mine = await tenant()
  const answer = await make(mine, {})
  expect([answer.status, answer.headers.get('Content-Type')]).toEqual([201, 'application/json'])
  expect(await answer.json()).toEqual({
    playerId: expect.stringMatching(/^pl[0-9a-z]{26}$/),
    name: null,
    text: WHITE, link: WHITE, linkHover: WHITE, linkActive: WHITE, backgroundText: WHITE,
    trackPlayed: 'rgba(88, 131, 255, .95)', trackUnplayed: 'rgba(255, 255, 255, .35)', trackBackground: 'rgba(255, 255, 255, .2)',
    backgroundTop: 'rgba(0, 0, 0, .7)', backgroundBottom: 'rgba(0, 0, 0, .7)',
    enableApi: true, enableControls: true, forceAutoplay: false, hideTitle: false, forceLoop: false,
    createdAt: expect.stringMatching(TIME), updatedAt: expect.stringMatching(TIME),
    assets: { logo: null, link: null },
  })
  expect((await call('/players', { method: 'POST', ...basic(mine) })).status).toBe(201)
})

test('what is given is kept, changed one by one, and is a preset natively', async () => {
  const mine = await tenant()
  const player = await made(mine, { name: 'Brand', linkHover: 'rgba(1, 2, 3, .5)', enableApi: false, hideTitle: true, forceLoop: true })
  expect(player).toMatchObject({ name: 'Brand', linkHover: 'rgba(1, 2, 3, .5)', link: WHITE, enableApi: false, hideTitle: true, forceLoop: true })
  const patch = async (body: object) => (await call(`/players/${player.playerId}`, { method: 'PATCH', body: JSON.stringify(body), ...basic(mine) })).json<Player>()
  expect(await patch({ trackPlayed: 'rgba(9, 9, 9, 1)', forceAutoplay: true, name: null })).toMatchObject({ name: null, trackPlayed: 'rgba(9, 9, 9, 1)', linkHover: 'rgba(1, 2, 3, .5)', hideTitle: true, forceAutoplay: true })
  expect(await patch({ enableControls: false })).toMatchObject({ enableControls: false, forceLoop: true })
  const native = await (await call(`/api/v1/presets/pre_${player.playerId.slice(2)}`, { key: mine.key })).json()
  expect(native).toMatchObject({ name: '', settings: { controls: false, loop: true, autoplay: true, steerable: false, hide_title: true, theme: { link_hover: 'rgba(1, 2, 3, .5)', track_played: 'rgba(9, 9, 9, 1)' } } })
  const gone = await call(`/players/${player.playerId}`, { method: 'DELETE', ...basic(mine) })
  expect([gone.status, gone.headers.get('Content-Type'), await gone.text()]).toEqual([204, null, ''])
  const missing = await call(`/players/${player.playerId}`, basic(mine))
  expect([missing.status, await missing.json()]).toEqual([404, expect.objectContaining({ type: 'https://docs.api.video/reference/resource-not-found', name: 'playerId', status: 404 })])
})

test('a list is sorted and paged; edges are refused', async () => {
  const mine = await tenant()
  const made_ = []
  for (const name of ['b', 'c', 'a']) made_.push(await made(mine, { name }))
  const names = async (query: string) => (await list(mine, query)).data.map(({ name }) => name)
  expect(await names('')).toEqual(['a', 'c', 'b'])
  expect(await names('?sortBy=name')).toEqual(['a', 'b', 'c'])
  expect(await names('?sortBy=name&sortOrder=desc')).toEqual(['c', 'b', 'a'])
  expect(await names('?sortBy=createdAt&sortOrder=asc&currentPage=2&pageSize=2')).toEqual(['a'])
  const { pagination } = await list(mine, '?sortBy=name&currentPage=2&pageSize=1')
  expect(pagination).toMatchObject({ itemsTotal: 3, pagesTotal: 3 })
  expect(pagination.links).toEqual([
    { rel: 'self', uri: '/players?sortBy=name&currentPage=2&pageSize=1' },
    { rel: 'first', uri: '/players?sortBy=name&currentPage=1&pageSize=1' },
    { rel: 'previous', uri: '/players?sortBy=name&currentPage=1&pageSize=1' },
    { rel: 'next', uri: '/players?sortBy=name&currentPage=3&pageSize=1' },
    { rel: 'last', uri: '/players?sortBy=name&currentPage=3&pageSize=1' },
  ])
  for (const query of ['currentPage=0', 'pageSize=0', 'pageSize=101', 'sortBy=colour', 'sortOrder=up']) expect([query, (await call(`/players?${query}`, basic(mine))).status]).toEqual([query, 400])
})

test('wrong attributes are named, every one', async () => {
  const mine = await tenant()
  const answer = await make(mine, { link: 'red', backgroundTop: 'url(x)', enableApi: 'yes', name: 'x'.repeat(101) })
  expect(answer.status).toBe(400)
  const { problems } = await answer.json<{ problems: { name: string; type: string }[] }>()
  expect(problems.map(({ name, type }) => [name, type.split('/').at(-1)]).sort()).toEqual([['backgroundTop', 'invalid-attribute'], ['enableApi', 'invalid-attribute'], ['link', 'invalid-attribute'], ['name', 'invalid-attribute']])
})

test('a logo is uploaded with its link, replaced and removed', async () => {
  const mine = await tenant()
  const { playerId } = await made(mine)
  const first = await upload(mine, playerId, logoForm(png(200, 100), '/any/text'))
  expect(first.status).toBe(201)
  const { assets } = await first.json<Player>()
  expect(assets).toEqual({ logo: expect.stringMatching(/^http:\/\/avocet\.test\/m\/logos\/.+\.png$/), link: '/any/text' })
  expect((await call(assets.logo ?? '')).headers.get('Content-Type')).toBe('image/png')
  // nodejs-client's word for "none".
  expect((await (await upload(mine, playerId, logoForm(png(30, 30), 'undefined'))).json<Player>()).assets.link).toBeNull()
  expect((await (await upload(mine, playerId, logoForm(png(30, 30)))).json<Player>()).assets.link).toBeNull()
  const before = '--b\r\nContent-Disposition: form-data; name="link"\r\n\r\nhttps://acme.dev/\r\n--b\r\nContent-Disposition: form-data; name="logo.png"; filename="logo.png"\r\n\r\n'
  const body = new Blob([before, png(30, 30), '\r\n--b--\r\n'])
  const last = await call(`/players/${playerId}/logo`, { method: 'POST', body, headers: { ...basic(mine).headers, 'Content-Type': 'multipart/form-data; boundary=b' } })
  expect((await last.json<Player>()).assets.link).toBe('https://acme.dev/')
  expect((await call(`/players/${playerId}/logo`, { method: 'DELETE', ...basic(mine) })).status).toBe(204)
  expect((await (await call(`/players/${playerId}`, basic(mine))).json<Player>()).assets).toEqual({ logo: null, link: null })
})

test('a logo that cannot be one is refused by its own type', async () => {
  const mine = await tenant()
  const { playerId } = await made(mine)
  const refusal = async (body: BodyInit) => {
    const answer = await upload(mine, playerId, body)
    return [answer.status, (await answer.json<{ type: string }>()).type.split('/').at(-1)]
  }
  const twice = logoForm(png(1, 1))
  twice.append('file', new File([png(1, 1)], 'second.png'))
  const none = new FormData()
  none.set('link', 'https://acme.dev/')
  expect(await refusal(logoForm('GIF89a'))).toEqual([400, 'uploaded-file-extension-invalid'])
  expect(await refusal(logoForm(png(201, 100)))).toEqual([400, 'uploaded-file-invalid-file'])
  expect(await refusal(logoForm(png(20, 10, 200 * 1024 + 1)))).toEqual([400, 'uploaded-file-too-large'])
  expect(await refusal(logoForm(new Uint8Array()))).toEqual([400, 'uploaded-file-empty'])
  expect(await refusal(none)).toEqual([400, 'uploaded-file-no-file'])
  expect(await refusal(twice)).toEqual([400, 'uploaded-file-multiple-files'])
  expect(await refusal('{}')).toEqual([400, 'invalid-payload'])
})

test('another tenant’s player is not there', async () => {
  const [mine, other] = [await tenant(), await tenant()]
  const { playerId } = await made(mine)
  for (const [method, path, body] of [['GET', '', undefined], ['PATCH', '', '{}'], ['DELETE', '', undefined], ['POST', '/logo', logoForm(png(1, 1))], ['DELETE', '/logo', undefined]] as const) {
    const answer = await call(`/players/${playerId}${path}`, { method, ...(body ? { body } : {}), ...basic(other) })
    expect([method, path, answer.status]).toEqual([method, path, 404])
  }
  expect((await list(other)).pagination.itemsTotal).toBe(0)
})
