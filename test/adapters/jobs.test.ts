import { env } from 'cloudflare:workers'
import { drizzle } from 'drizzle-orm/d1'
import { expect, test } from 'vitest'
import type { AgentId } from '../../shared/src/ids.ts'
import { jobStore } from '../../worker/src/adapters/d1/jobs.ts'
import { createFromSource } from '../../worker/src/domain/assets/createFromSource.ts'
import { type Job, PRIORITY } from '../../worker/src/domain/jobs/job.ts'
import { newJob } from '../../worker/src/domain/jobs/lease.ts'
import { deps, tenant } from '../support/site.ts'

const { DB } = env as unknown as { DB: D1Database }

/** The same database, counting the rows its statements read. */
function countedDatabase() {
  let rows = 0
  const counted = (statement: D1PreparedStatement): D1PreparedStatement => {
    const all = async () => {
      const answer = await statement.all<Record<string, unknown>>()
      rows += answer.meta.rows_read
      return answer
    }
    const raw = async () => (await all()).results.map((row) => Object.values(row))
    return { bind: (...values: unknown[]) => counted(statement.bind(...values)), all, run: all, raw } as unknown as D1PreparedStatement
  }
  const db = { prepare: (text: string) => counted(DB.prepare(text)) } as D1Database
  return { db, rowsRead: () => rows }
}

/** An encode to hang jobs on; its own prepare job is cancelled. */
async function encode() {
  const { accountId } = await tenant()
  const assetId = deps.newId('asset')
  const { writes } = createFromSource(deps, { accountId, assetId, videoId: deps.newId('video'), filename: 'a.mp4', title: 'a', sizeBytes: 1 })
  await deps.commit(writes)
  await deps.commit([deps.jobs.cancelByAsset(assetId, deps.now())])
  const [made] = await deps.encodes.listByAsset(assetId)
  return { accountId, encodeId: made!.id, assetId }
}
const agent = () => deps.newId('agent') as AgentId
const claim = (agentId: AgentId, more: Partial<Parameters<typeof deps.jobs.claim>[0]> = {}) =>
  deps.jobs.claim({ agentId, kinds: ['prepare', 'encode', 'audio', 'images'], abilities: ['libx264'], now: deps.now(), leaseUntil: deps.now() + 45_000, ...more })
const queue = async (...jobs: Job[]) => deps.commit([deps.jobs.add(...jobs)])

test('claims go by priority, then age, then chunk, and skip what the agent cannot do', async () => {
  const base = await encode()
  const bulk = newJob(deps, { ...base, kind: 'encode', chunkIndex: 1, priority: PRIORITY.bulk })
  const second = newJob(deps, { ...base, kind: 'encode', chunkIndex: 3, priority: PRIORITY.playable, createdAt: 5 })
  const first = newJob(deps, { ...base, kind: 'encode', chunkIndex: 2, priority: PRIORITY.playable, createdAt: 5 })
  const gpu = newJob(deps, { ...base, kind: 'encode', priority: PRIORITY.playable, needs: 'h264_nvenc', createdAt: 1 })
  const later = newJob(deps, { ...base, kind: 'encode', priority: PRIORITY.playable, runAfter: deps.now() + 60_000, createdAt: 1 })
  await queue(bulk, second, first, gpu, later)
  const id = agent()
  expect((await claim(id, { kinds: ['audio'] }))?.id).toBeUndefined()
  for (const wanted of [first, second, bulk]) expect((await claim(id))?.id).toBe(wanted.id)
  expect(await claim(id)).toBeNull()
  expect((await claim(id, { abilities: ['h264_nvenc', 'libx264'] }))?.id).toBe(gpu.id)
})

test('accounts take turns: one of a thousand videos waits for its own, not others for it', async () => {
  const [crowd, single] = [await encode(), await encode()]
  const jobsOf = (base: Awaited<ReturnType<typeof encode>>, count: number) =>
    Array.from({ length: count }, (_, chunkIndex) => newJob(deps, { ...base, kind: 'encode', chunkIndex, priority: PRIORITY.bulk }))
  await queue(...jobsOf(crowd, 40))
  const id = agent()
  const taken = async (count: number) => {
    const accounts: string[] = []
    for (let at = 0; at < count; at++) accounts.push((await claim(id))!.accountId)
    return accounts.map((account) => (account === single.accountId ? 'single' : 'crowd'))
  }
  expect(await taken(10)).toEqual(Array(10).fill('crowd'))
  await queue(...jobsOf(single, 3))
  // The one that came later starts with the turn that is on, behind what waits for that turn already.
  expect(await taken(6)).toEqual(['crowd', 'single', 'crowd', 'single', 'crowd', 'single'])
  await queue(...jobsOf(single, 2))
  expect(await taken(4)).toEqual(['crowd', 'single', 'crowd', 'single'])
  await deps.commit([deps.jobs.cancelByEncode(crowd.encodeId, deps.now())])
})

test('work an agent cannot do costs its claims nothing, however much of it waits', async () => {
  const base = await encode()
  const wanted = newJob(deps, { ...base, kind: 'images', priority: PRIORITY.bulk, createdAt: deps.now() + 1 })
  const waiting = (count: number) =>
    Array.from({ length: count }, (_, chunkIndex) => newJob(deps, { ...base, kind: 'encode', chunkIndex, priority: PRIORITY.playable, needs: 'av1_nvenc' }))
  const read = async () => {
    const counted = countedDatabase()
    const id = agent()
    const claimed = await jobStore(drizzle(counted.db)).claim({ agentId: id, kinds: ['encode', 'images'], abilities: ['libx264'], now: deps.now(), leaseUntil: deps.now() + 45_000 })
    expect(claimed?.id).toBe(wanted.id)
    await deps.commit([deps.jobs.requeue(claimed!, deps.now())])
    return counted.rowsRead()
  }
  await queue(wanted, ...waiting(3))
  const few = await read()
  await queue(...waiting(600))
  expect(await read()).toBeLessThanOrEqual(few + 2)
  await deps.commit([deps.jobs.cancelByEncode(base.encodeId, deps.now())])
})

test('a new job takes its turn without reading the queue', async () => {
  const base = await encode()
  const job = () => newJob(deps, { ...base, kind: 'encode', priority: PRIORITY.bulk })
  const read = async () => {
    const counted = countedDatabase()
    await (jobStore(drizzle(counted.db)).add(job()).write as Promise<unknown>[])[0]
    return counted.rowsRead()
  }
  await queue(job())
  const few = await read()
  await queue(...Array.from({ length: 600 }, job))
  expect(await read()).toBeLessThanOrEqual(few + 2)
  await deps.commit([deps.jobs.cancelByEncode(base.encodeId, deps.now())])
})

test('twenty agents at once claim twenty different jobs, each once', async () => {
  const base = await encode()
  await queue(...Array.from({ length: 12 }, (_, chunkIndex) => newJob(deps, { ...base, kind: 'encode', chunkIndex, priority: 1 })))
  const claimed = (await Promise.all(Array.from({ length: 20 }, () => claim(agent())))).filter((job) => job !== null)
  expect(claimed).toHaveLength(12)
  expect(new Set(claimed.map(({ id }) => id)).size).toBe(12)
  expect(claimed.every(({ epoch, state }) => epoch === 1 && state === 'leased')).toBe(true)
})

test('only the holder of the epoch renews and settles; a lapsed lease is fenced by the next claim', async () => {
  const base = await encode()
  await queue(newJob(deps, { ...base, kind: 'audio', stream: 'a0', priority: 1 }))
  const [old, fresh] = [agent(), agent()]
  const held = (await claim(old, { leaseUntil: deps.now() - 1 }))!
  expect((await deps.jobs.listLapsed(deps.now(), 10)).map(({ id }) => id)).toContain(held.id)
  await deps.commit([deps.jobs.requeue(held, deps.now())])
  const again = (await claim(fresh))!
  expect([again.id, again.epoch]).toEqual([held.id, 2])
  expect(await deps.jobs.renew(held.id, old, 1, deps.now() + 1, { progress: 0.5, speed: 2 })).toBeNull()
  await expect(deps.commit([deps.jobs.settle(held, { state: 'done' })])).rejects.toMatchObject({ code: 'conflict' })
  await expect(deps.commit([deps.jobs.fence(held)])).rejects.toMatchObject({ code: 'conflict' })
  expect((await deps.jobs.renew(again.id, fresh, 2, deps.now() + 1000, { progress: 0.5, speed: 2 }))).toMatchObject({ progress: 0.5, speed: 2 })
  await deps.commit([deps.jobs.settle(again, { state: 'done' })])
  expect((await deps.jobs.find(again.id))?.state).toBe('done')
})

test('a chunk of a lost epoch cannot replace a later one', async () => {
  const { encodeId } = await encode()
  const chunk = (epoch: number) => deps.encodes.putChunk({ encodeId, stream: 'video', chunkIndex: 0, epoch, complete: true, manifest: { epoch, frames: epoch, renditions: {} } })
  await deps.commit([chunk(2)])
  await deps.commit([chunk(1)])
  expect((await deps.encodes.chunks(encodeId)).map(({ epoch }) => epoch)).toEqual([2])
})
