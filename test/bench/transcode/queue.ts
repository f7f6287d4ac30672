/** What the fleet's calls cost beside a short and a long queue of other accounts' work. */
import type { Database } from '../workerd.ts'
import { facts, type FakeAgent } from './agents.ts'
import { median, report, tell } from './facts.ts'

const ACCOUNTS = 1000
const [SHORT, LONG] = [100, 100_000]
const TIMES = 20
/** Short and long in turns, so that a noisy machine hurts both alike: the median of so many ratios counts. */
const ROUNDS = 5
/** Long enough for a hundred chunks. */
const VIDEO_SECONDS = 7200

export async function benchQueue(db: Database, agent: FakeAgent, other: FakeAgent, upload: () => Promise<void>): Promise<void> {
  await upload()
  const model = (await agent.claim(['prepare'], 10))!
  await agent.commit(model, { kind: 'prepare', media: facts(VIDEO_SECONDS) })
  const calls: [string, () => Promise<unknown>][] = [
    ['a claim', async () => (await agent.claim(['prepare', 'encode'], 0)) ?? fail()],
    ['a claim of what is not there (sound, images)', () => agent.claim(['audio', 'images'], 0)],
    ['planning another 2 hours', () => planAnother(agent, upload)],
  ]
  const took: Record<number, number[][]> = { [SHORT]: calls.map(() => []), [LONG]: calls.map(() => []) }
  for (let round = 0; round < ROUNDS; round++) {
    for (const length of [SHORT, LONG]) {
      await fillQueue(db, model.encodeId, length)
      for (const [at, [, call]] of calls.entries()) took[length]![at]!.push(await medianOf(call))
    }
  }
  for (const [at, [what]] of calls.entries()) {
    const pairs = took[SHORT]![at]!.map((short, round) => [short, took[LONG]![at]![round]!] as const)
    const [short, long] = pairs.toSorted(([a, b], [c, d]) => b / a - d / c)[Math.floor(ROUNDS / 2)]!
    report(`${what} beside ${LONG} queued jobs, against ${SHORT}`, `${(long / short).toFixed(2)} x (${long.toFixed(1)} against ${short.toFixed(1)} ms)`, '<= 1.5', long / short <= 1.5)
  }
  tell('a waiting host has a new upload in hand after', `${(await medianOf(() => hears(other, upload))).toFixed(1)} ms, the upload itself included`)
}

function fail(): never {
  throw new Error('the queue is empty')
}

async function medianOf(call: () => Promise<unknown>): Promise<number> {
  const took: number[] = []
  while (took.length < TIMES) {
    const asked = performance.now()
    await call()
    took.push(performance.now() - asked)
  }
  return median(took)
}

/** An upload, its probe, and the queueing of its hundred chunks. */
async function planAnother(agent: FakeAgent, upload: () => Promise<void>): Promise<void> {
  await upload()
  const lease = (await agent.claim(['prepare'], 10)) ?? fail()
  await agent.commit(lease, { kind: 'prepare', media: facts(VIDEO_SECONDS) })
}

async function hears(agent: FakeAgent, upload: () => Promise<void>): Promise<void> {
  const waiting = agent.claim(['prepare'], 25)
  await new Promise((resolve) => setTimeout(resolve, 100))
  await upload()
  const lease = (await waiting) ?? fail()
  await agent.commit(lease, { kind: 'prepare', media: facts(4) })
}

/** A thousand accounts' chunks in turns, of an encode planned like `model`. What was queued before is done. */
async function fillQueue(db: Database, model: string, length: number): Promise<void> {
  const made = `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?1)`
  const id = (prefix: string, value: string) => `'${prefix}_' || printf('%026d', ${value})`
  await db.batch([
    db.prepare(`UPDATE jobs SET state = 'done' WHERE state = ?1`).bind('queued'),
    db.prepare(`DELETE FROM jobs WHERE id LIKE ?1`).bind('job_000%'),
    db.prepare(`${made} INSERT OR IGNORE INTO accounts (id, name, storage_quota_bytes, created_at) SELECT ${id('acc', 'i')}, 'bench', 1, 0 FROM n`).bind(ACCOUNTS),
    db.prepare(`${made} INSERT OR IGNORE INTO assets (id, account_id, filename, size_bytes, created_at) SELECT ${id('ast', 'i')}, ${id('acc', 'i')}, 'a.mp4', 1, 0 FROM n`).bind(ACCOUNTS),
    db
      .prepare(
        `${made} INSERT OR IGNORE INTO encodes (id, account_id, asset_id, state, encryption, key_seed, plan, created_at)
         SELECT ${id('enc', 'i')}, ${id('acc', 'i')}, ${id('ast', 'i')}, 'encoding', 'none', '00', (SELECT plan FROM encodes WHERE id = ?2), 0 FROM n`,
      )
      .bind(ACCOUNTS, model),
    db
      .prepare(
        `${made} INSERT INTO jobs (id, account_id, encode_id, kind, stream, chunk_index, priority, rank, needs, state, run_after, created_at)
         SELECT ${id('job', 'i')}, ${id('acc', `i % ${ACCOUNTS}`)}, ${id('enc', `i % ${ACCOUNTS}`)}, 'encode', 'video', 1 + i / ${ACCOUNTS}, 1, i / ${ACCOUNTS}, 'libx264', 'queued', 0, i FROM n`,
      )
      .bind(length),
  ])
}
