import { env } from 'cloudflare:workers'
import { drizzle } from 'drizzle-orm/d1'
import { beforeAll, expect, test } from 'vitest'
import { videoStore } from '../../worker/src/adapters/d1/videos.ts'
import type { VideoQuery } from '../../worker/src/domain/videos/video.ts'
import { isolate } from '../support/countedD1.ts'
import { call, deps, type Tenant, tenant, videoOf } from '../support/site.ts'

const { DB } = env as unknown as { DB: D1Database }
const MANY = 2_500
const ALL: VideoQuery = { search: null, status: null, sort: 'title' }
const sorts: VideoQuery['sort'][] = ['created_at', '-created_at', 'title', '-title', 'updated_at', '-updated_at']
let many: Tenant
let few: Tenant

/** An account with so many videos: copies of one, made in D1 itself. */
async function withVideos(count: number): Promise<Tenant> {
  const owner = await tenant()
  const { id } = await videoOf(owner)
  const { results } = await DB.prepare('PRAGMA table_info(videos)').all<{ name: string }>()
  const own: Record<string, string> = { id: "'vid_' || substr(v.id, 5, 20) || printf('%06d', i)", title: "'T' || (i % 97)", embed_token: "substr(v.embed_token, 1, 26) || printf('%06d', i)", created_at: 'v.created_at + i', updated_at: 'v.updated_at + (i * 7919) % 10007', status: "CASE WHEN i % 5 = 0 THEN 'ready' ELSE 'processing' END" }
  const values = results.map(({ name }) => own[name] ?? `v.${name}`).join(', ')
  await DB.prepare(`INSERT INTO videos (${results.map(({ name }) => name).join(', ')}) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?) SELECT ${values} FROM videos v, n WHERE v.id = ?`).bind(count, id).run()
  return owner
}

beforeAll(async () => {
  many = await withVideos(MANY)
  few = await withVideos(100)
})

test.each(sorts)('pages by %s, near and far, are one list without gaps or repeats', async (sort) => {
  const column = sort.replace('-', '')
  const direction = sort.startsWith('-') ? 'DESC' : 'ASC'
  const { results } = await DB.prepare(`SELECT id FROM videos WHERE account_id = ? ORDER BY ${column} ${direction}, id ${direction}`).bind(many.accountId).all<{ id: string }>()
  const seen: string[] = []
  for (let offset = 0; offset < MANY + 100; offset += 100) {
    const { items, total } = await deps.videos.list(many.accountId, { ...ALL, sort }, { offset, limit: 100 })
    expect(total).toBe(MANY)
    seen.push(...items.map(({ video }) => video.id))
  }
  expect(seen).toEqual(results.map(({ id }) => id))
  const { items } = await deps.videos.list(many.accountId, { ...ALL, sort }, { offset: MANY - 30, limit: 100 })
  expect(items.map(({ video }) => video.id)).toEqual(seen.slice(-30))
})

test('the first and the last page of many videos read as few rows as the first of 100', async () => {
  const { env: own, rowsRead } = isolate()
  const store = videoStore(drizzle(own.DB))
  const read = async ({ accountId }: Tenant, offset: number) => {
    const before = rowsRead()
    expect((await store.list(accountId, { ...ALL, sort: '-created_at' }, { offset, limit: 100 })).items).toHaveLength(100)
    return rowsRead() - before
  }
  const least = await read(few, 0)
  expect(least).toBeGreaterThan(100)
  for (const offset of [0, MANY - 100]) expect(await read(many, offset)).toBeLessThanOrEqual(least * 2)
})

test('totals follow videos as they are made, become ready, fail and are deleted', async () => {
  const owner = await tenant()
  const totals = async () => {
    const of = async (query: Partial<VideoQuery>) => (await deps.videos.list(owner.accountId, { ...ALL, ...query }, { offset: 0, limit: 1 })).total
    return [await of({}), await of({ status: 'processing' }), await of({ status: 'ready' }), await of({ status: 'failed' })]
  }
  expect(await totals()).toEqual([0, 0, 0, 0])
  const [a, b] = [await videoOf(owner), await videoOf(owner, { status: 'ready' })]
  expect(await totals()).toEqual([2, 1, 1, 0])
  await deps.commit([deps.videos.setStatusByAsset(a.assetId, 'failed', null, deps.now())])
  expect(await totals()).toEqual([2, 0, 1, 1])
  expect((await call(`/api/v1/videos/${b.id}`, { key: owner.key, method: 'DELETE' })).status).toBe(204)
  expect(await totals()).toEqual([1, 0, 0, 1])
  await deps.commit([deps.videos.remove(b.id)])
  expect(await totals()).toEqual([1, 0, 0, 1])
})
