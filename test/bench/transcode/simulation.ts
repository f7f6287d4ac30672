/** Dispatch alone: fake hosts against the real Worker. How the fleet scales, and what a claim costs with hosts and with queue length. */
import { apiKeys, type Database, OPERATOR_TOKEN, startBench } from '../workerd.ts'
import { enrolAgent, facts, type FakeAgent, madeUp, secondsOf } from './agents.ts'
import { median, report } from './facts.ts'

/** A host of this simulation encodes a second of video in so many milliseconds: 60 times faster than life. */
const MS_PER_SECOND = 1000 / 60
const HOSTS = [1, 2, 4, 8, 16, 32]
const ACCOUNTS = 1000

export async function benchDispatch(hosts: readonly number[] = HOSTS): Promise<void> {
  const bench = await startBench()
  try {
    const [key] = await apiKeys(bench.url, 1)
    const begin = async () => {
      const body = Buffer.from('00000018667479706d703432000000006d70343269736f6d', 'hex')
      const answer = await fetch(new URL('/api/v1/upload?filename=a.mp4', bench.url), { method: 'POST', headers: { 'X-API-Key': key as string }, body })
      return ((await answer.json()) as { video_id: string }).video_id
    }
    const agents: FakeAgent[] = []
    for (let at = 0; at < Math.max(...hosts); at++) agents.push(await enrolAgent(bench.url, OPERATOR_TOKEN, `host-${at}`))
    const claims: number[] = []
    for (const count of hosts) {
      // Long enough that the short chunks at both ends do not count: 40 chunks of 60 s for each host.
      await begin()
      const { speedUp, claimMs } = await simulate(agents.slice(0, count), Math.min(24 * 3600, count * 40 * 60))
      claims.push(claimMs)
      report(`simulation, ${count} hosts`, `${(speedUp / count).toFixed(2)} N, a claim in ${claimMs.toFixed(1)} ms`, '>= 0.9 N', speedUp / count >= 0.9)
    }
    console.log(`     dispatch: a claim with ${hosts.at(-1)} hosts takes ${(claims.at(-1)! / claims[0]!).toFixed(1)} x that of ${hosts[0]}`)
    await benchQueue(bench.db, agents[0] as FakeAgent)
  } finally {
    await bench.stop()
  }
}

/** All hosts on one video. Speed-up: encoding time handed in, over the time it took. */
async function simulate(agents: readonly FakeAgent[], seconds: number): Promise<{ speedUp: number; claimMs: number }> {
  const prepare = (await agents[0]!.claim(['prepare'], 10))!
  const claims: number[] = []
  let encodedMs = 0
  const from = performance.now()
  const first = await agents[0]!.commit(prepare, { kind: 'prepare', media: facts(seconds) })
  await Promise.all(
    agents.map(async (agent, at) => {
      let lease = at === 0 ? first : null
      for (;;) {
        const asked = performance.now()
        lease ??= await agent.claim(['encode'], 0)
        if (!lease) return
        claims.push(performance.now() - asked)
        const ms = secondsOf(lease) * MS_PER_SECOND
        await new Promise((resolve) => setTimeout(resolve, ms))
        encodedMs += ms
        await agent.commit(lease, madeUp(lease))
        lease = null
      }
    }),
  )
  return { speedUp: encodedMs / (performance.now() - from), claimMs: median(claims) }
}

/** A claim with 100 and with 100,000 queued jobs of a thousand accounts. */
async function benchQueue(db: Database, agent: FakeAgent): Promise<void> {
  const times: number[] = []
  for (const length of [100, 100_000]) {
    await fillQueue(db, length)
    const took: number[] = []
    for (let count = 0; count < 20; count++) {
      const asked = performance.now()
      if (!(await agent.claim(['prepare'], 0))) throw new Error('the queue is empty')
      took.push(performance.now() - asked)
    }
    times.push(median(took))
  }
  const ratio = times[1]! / times[0]!
  report('a claim among 100,000 queued jobs, against 100', `${ratio.toFixed(1)} x (${times[1]!.toFixed(1)} against ${times[0]!.toFixed(1)} ms)`, '<= 2', ratio <= 2)
}

async function fillQueue(db: Database, length: number): Promise<void> {
  const made = `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?1)`
  const id = (prefix: string, value: string) => `'${prefix}_' || printf('%026d', ${value})`
  await db.batch([
    db.prepare(`DELETE FROM jobs WHERE id LIKE 'job_000%'`),
    db.prepare(`${made} INSERT OR IGNORE INTO accounts (id, name, storage_quota_bytes, created_at) SELECT ${id('acc', 'i')}, 'bench', 1, 0 FROM n`).bind(ACCOUNTS),
    db.prepare(`${made} INSERT OR IGNORE INTO assets (id, account_id, filename, size_bytes, created_at) SELECT ${id('ast', 'i')}, ${id('acc', 'i')}, 'a.mp4', 1, 0 FROM n`).bind(ACCOUNTS),
    db
      .prepare(`${made} INSERT OR IGNORE INTO encodes (id, account_id, asset_id, state, encryption, key_seed, created_at) SELECT ${id('enc', 'i')}, ${id('acc', 'i')}, ${id('ast', 'i')}, 'planning', 'none', '00', 0 FROM n`)
      .bind(ACCOUNTS),
    db
      .prepare(
        `${made} INSERT INTO jobs (id, account_id, encode_id, kind, priority, state, run_after, created_at)
         SELECT ${id('job', 'i')}, ${id('acc', `i % ${ACCOUNTS}`)}, ${id('enc', `i % ${ACCOUNTS}`)}, 'prepare', 0, 'queued', 0, i FROM n`,
      )
      .bind(length),
  ])
}
