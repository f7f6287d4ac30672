/** Every list of the contract pages alike (section 2, "Pagination"). */
import { beforeAll, expect, test } from 'vitest'
import { type Tenant, tenant } from '../../support/site.ts'
import { api, bodyOf, container } from './client.ts'

interface Page {
  data: unknown[]
  pagination: { currentPage: number; currentPageItems: number; pageSize: number; pagesTotal: number; itemsTotal: number; links: { rel: string; uri: string }[] }
}
let mine: Tenant
let videoId: string
beforeAll(async () => {
  mine = await tenant()
  videoId = await container(mine)
  for (const _ of [1, 2]) await container(mine)
})

const LISTS = ['/videos', '/upload-tokens', '/players', '/webhooks', '/live-streams', '/tags', '/videos/:id/captions', '/videos/:id/chapters', '/analytics/videos/:id?period=2024']
const list = (path: string, query: string) => {
  const filled = path.replace(':id', videoId)
  return api(mine, 'GET', `${filled}${filled.includes('?') ? '&' : '?'}${query}`)
}

test.each(LISTS)('%s refuses pages that cannot be, and tells what can', async (path) => {
  for (const query of ['currentPage=0', 'currentPage=-1', 'currentPage=1.5', 'currentPage=x', 'currentPage=99999999']) {
    const answer = await list(path, query)
    const problem = { title: 'This parameter is out of the allowed range of values.', name: 'page', range: { min: 1 } }
    expect([query, answer.status, await answer.json()]).toEqual([query, 400, expect.objectContaining({ ...problem, status: 400, problems: [problem] })])
  }
  for (const query of ['pageSize=0', 'pageSize=101', 'pageSize=-5', 'pageSize=all']) {
    const answer = await list(path, query)
    expect([query, answer.status, await answer.json()]).toEqual([query, 400, expect.objectContaining({ name: 'pageSize', range: { min: 1, max: 100 } })])
  }
})

test.each(LISTS)('%s: sizes of 1 and 100 pass, an empty value is the default, and an empty list has one empty page', async (path) => {
  for (const [query, pageSize] of [['pageSize=1', 1], ['pageSize=100', 100], ['pageSize=&currentPage=', 25], ['', 25]] as const) {
    const { pagination } = await bodyOf<Page>(list(path, query))
    expect([query, pagination.currentPage, pagination.pageSize]).toEqual([query, 1, pageSize])
    expect(pagination.links.map(({ rel }) => rel)).toEqual(expect.arrayContaining(['self', 'first', 'last']))
    if (pagination.itemsTotal === 0) expect(pagination).toMatchObject({ pagesTotal: 1, currentPageItems: 0 })
  }
})

test('links lead on page by page: no previous on the first, no next on the last, and from beyond the end back to the last', async () => {
  const seen: unknown[] = []
  for (let uri: string | undefined = '/videos?pageSize=2'; uri; ) {
    const { data, pagination }: Page = await bodyOf<Page>(api(mine, 'GET', uri))
    seen.push(...data)
    expect(pagination).toMatchObject({ pageSize: 2, pagesTotal: 2, itemsTotal: 3, currentPageItems: data.length })
    uri = pagination.links.find(({ rel }) => rel === 'next')?.uri
  }
  expect(seen).toHaveLength(3)
  const beyond = await bodyOf<Page>(api(mine, 'GET', '/videos?pageSize=2&currentPage=9'))
  expect([beyond.data, beyond.pagination.currentPageItems, beyond.pagination.itemsTotal]).toEqual([[], 0, 3])
  expect(Object.fromEntries(beyond.pagination.links.map(({ rel, uri }) => [rel, uri.split('currentPage=')[1]]))).toEqual({ self: '9&pageSize=2', first: '1&pageSize=2', previous: '2&pageSize=2', last: '2&pageSize=2' })
})
