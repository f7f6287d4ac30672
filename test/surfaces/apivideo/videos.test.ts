import { beforeAll, expect, test } from 'vitest'
import { type Tenant, tenant } from '../../support/site.ts'
import { api, bodyOf, container, refusalOf } from './client.ts'

interface Page {
  data: { videoId: string; title: string }[]
  pagination: { currentPage: number; currentPageItems: number; pageSize: number; pagesTotal: number; itemsTotal: number; links: { rel: string; uri: string }[] }
}
let mine: Tenant
let other: Tenant
beforeAll(async () => {
  mine = await tenant()
  other = await tenant()
})

test('a video is created before its file, with every member of the contract', async () => {
  const answer = await api(mine, 'POST', '/videos', { title: 'Maths video', description: 'Sums', tags: ['maths'], metadata: [{ key: 'Author', value: 'J' }], panoramic: true, unknownToUs: 1 })
  expect([answer.status, answer.headers.get('Content-Type')]).toEqual([201, 'application/json'])
  const video = await answer.json<Record<string, unknown> & { videoId: string; assets: Record<string, string> }>()
  expect(video).toMatchObject({
    videoId: expect.stringMatching(/^vi[0-9a-z]{26}$/), title: 'Maths video', description: 'Sums', public: true, panoramic: true, playerId: null, tags: ['maths'],
    metadata: [{ key: 'Author', value: 'J' }], discarded: false, source: { type: 'upload', uri: `/videos/${video.videoId}/source` },
    createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/),
  })
  expect(video.assets).toMatchObject({ player: `http://avocet.test/vod/${video.videoId}`, hls: `http://avocet.test/vod/${video.videoId}/hls/manifest.m3u8`, thumbnail: `http://avocet.test/vod/${video.videoId}/thumbnail.jpg` })
  expect(await bodyOf(api(mine, 'GET', `/videos/${video.videoId}`))).toEqual(video)
  expect(await bodyOf(api(mine, 'GET', `/videos/${video.videoId}/status`))).toMatchObject({ ingest: { status: 'uploading', filesize: null, receivedParts: { parts: [], total: null } }, encoding: { playable: false, qualities: [] } })
})

test('PATCH changes what is sent and replaces lists whole', async () => {
  const id = await container(mine, { tags: ['a', 'b'], description: 'kept' })
  const changed = await bodyOf(api(mine, 'PATCH', `/videos/${id}`, { title: 'New', tags: ['c'], public: false }))
  expect(changed).toMatchObject({ title: 'New', tags: ['c'], public: false, description: 'kept' })
})

test('DELETE answers 204 with neither body nor type, and the video is gone', async () => {
  const id = await container(mine)
  const answer = await api(mine, 'DELETE', `/videos/${id}`)
  expect([answer.status, await answer.text(), answer.headers.get('Content-Type')]).toEqual([204, '', null])
  const gone = await api(mine, 'GET', `/videos/${id}`)
  expect(await gone.json()).toMatchObject({ status: 404, type: 'https://docs.api.video/reference/resource-not-found', name: 'videoId' })
})

test('another account finds none of it', async () => {
  const id = await container(mine)
  for (const [method, path, body] of [['GET', '', undefined], ['PATCH', '', { title: 'x' }], ['DELETE', '', undefined], ['GET', '/status', undefined]] as const) {
    expect(await refusalOf(api(other, method, `/videos/${id}${path}`, body))).toEqual([404, 'resource-not-found'])
  }
  expect((await api(mine, 'GET', `/videos/${id}`)).status).toBe(200)
})

test('a copy is a second video on the same bytes', async () => {
  const id = await container(mine)
  expect((await api(mine, 'POST', '/videos', { title: 'Copy', source: id })).status).toBe(409)
  expect(await refusalOf(api(other, 'POST', '/videos', { title: 'Copy', source: id }))).toEqual([404, 'resource-not-found'])
})

test('lists are filtered by title, description, all tags and all metadata, and sorted', async () => {
  const shelf = await tenant()
  await container(shelf, { title: 'Cats one', tags: ['pets', 'cats'], metadata: [{ key: 'year', value: '2024' }], description: 'purring' })
  await container(shelf, { title: 'Dogs', tags: ['pets'], metadata: [{ key: 'year', value: '2023' }, { key: 'lang', value: 'en' }] })
  await container(shelf, { title: 'cats two', tags: ['cats'] })
  const titles = async (query: string) => (await bodyOf<Page>(api(shelf, 'GET', `/videos?${query}`))).data.map(({ title }) => title)
  expect(await titles('')).toEqual(['cats two', 'Dogs', 'Cats one'])
  expect(await titles('title=cat&sortBy=createdAt&sortOrder=asc')).toEqual(['Cats one', 'cats two'])
  expect(await titles('tags[]=pets&tags[]=cats')).toEqual(['Cats one'])
  expect(await titles('tags%5B0%5D=pets&sortBy=title')).toEqual(['Cats one', 'Dogs'])
  expect(await titles('metadata[year]=2023&metadata[lang]=en')).toEqual(['Dogs'])
  expect(await titles('metadata[year]=2023&metadata[lang]=fr')).toEqual([])
  expect(await titles('description=PURR')).toEqual(['Cats one'])
})

test('pages carry links that keep the filters', async () => {
  const shelf = await tenant()
  for (let at = 0; at < 3; at++) await container(shelf, { tags: ['x'] })
  const { data, pagination } = await bodyOf<Page>(api(shelf, 'GET', '/videos?tags%5B%5D=x&currentPage=1&pageSize=2'))
  expect(data).toHaveLength(2)
  expect(pagination).toEqual({
    currentPage: 1, currentPageItems: 2, pageSize: 2, pagesTotal: 2, itemsTotal: 3,
    links: [
      { rel: 'self', uri: '/videos?tags%5B%5D=x&currentPage=1&pageSize=2' },
      { rel: 'first', uri: '/videos?tags%5B%5D=x&currentPage=1&pageSize=2' },
      { rel: 'next', uri: '/videos?tags%5B%5D=x&currentPage=2&pageSize=2' },
      { rel: 'last', uri: '/videos?tags%5B%5D=x&currentPage=2&pageSize=2' },
    ],
  })
  const second = await bodyOf<Page>(api(shelf, 'GET', '/videos?currentPage=2&pageSize=2'))
  expect([second.data.length, second.pagination.links.map(({ rel }) => rel)]).toEqual([1, ['self', 'first', 'previous', 'last']])
})

test('tags are listed with how many videos carry them, found without case and accents, and never another account’s', async () => {
  const shelf = await tenant()
  for (const tags of [['Été', 'maths'], ['été'], ['maths', 'zoo']]) await container(shelf, { tags })
  const gone = await container(shelf, { tags: ['zoo', 'gone'] })
  await api(shelf, 'DELETE', `/videos/${gone}`)
  const tags = async (query: string) => (await bodyOf<{ data: { value: string; videoCount: number }[] }>(api(shelf, 'GET', `/tags?${query}`))).data.map(({ value, videoCount }) => `${value} ${videoCount}`)
  expect((await tags('')).toSorted()).toEqual(['maths 2', 'zoo 1', 'Été 1', 'été 1'])
  expect((await tags('value=ETE')).toSorted()).toEqual(['Été 1', 'été 1'])
  expect((await tags('sortBy=videoCount&sortOrder=desc'))[0]).toBe('maths 2')
  expect(await tags('sortOrder=desc&pageSize=1')).toEqual(['zoo 1'])
  expect(await bodyOf(api(await tenant(), 'GET', '/tags'))).toMatchObject({ data: [], pagination: { itemsTotal: 0 } })
})

test('every fault of a body is listed, the first above', async () => {
  const answer = await bodyOf(api(mine, 'POST', '/videos', { tags: 'x' }))
  expect(answer).toMatchObject({ status: 400, name: 'title', title: 'This attribute is required.', problems: [{ name: 'title' }, { name: 'tags', type: 'https://docs.api.video/reference/invalid-attribute' }] })
})
