/** Dispatch alone: fake hosts against the real Worker. How the fleet scales, and what its calls cost with hosts and with queue length. */
import type { JobLease } from '../../../shared/src/job.ts'
import { type Slots, slots } from '../../../transcoder/src/slots.ts'
import { apiKeys, type Database, OPERATOR_TOKEN, startBench } from '../workerd.ts'
import { enrolAgent, facts, type FakeAgent, madeUp, secondsOf } from './agents.ts'
import { median, report, tell } from './facts.ts'
import { benchQueue } from './queue.ts'

/** A host of this simulation encodes 30 times faster than life: a chunk of 60 s in 2 s. */
const MS_PER_SECOND = 1000 / 30
/** Some pictures are harder than others: a chunk takes up to a fifth more or less, spread evenly and the same in every run. */
const VARIES_BY = 0.2
const GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2

export async function benchDispatch({ hosts, minutesEach }: { hosts: readonly number[]; minutesEach: number }): Promise<void> {
  const bench = await startBench()
  try {
    const [key] = await apiKeys(bench.url, 1)
    const upload = async () => {
      const body = Buffer.from('00000018667479706d703432000000006d70343269736f6d', 'hex')
      const answer = await fetch(new URL('/api/v1/upload?filename=a.mp4', bench.url), { method: 'POST', headers: { 'X-API-Key': key as string }, body })
      if (!answer.ok) throw new Error(`upload: ${answer.status} ${await answer.text()}`)
    }
    const agents: FakeAgent[] = []
    for (let at = 0; at < Math.max(...hosts); at++) agents.push(await enrolAgent(bench.url, OPERATOR_TOKEN, `host-${at}`))
    const claims: number[] = []
    for (const count of hosts) {
      await upload()
      const { speedUp, atMost, claimMs, commitMs } = await simulate(agents.slice(0, count), Math.min(24 * 3600, count * minutesEach * 60))
      claims.push(claimMs)
      const share = speedUp / count
      report(`simulation, ${count} hosts`, `${share.toFixed(2)} N, of ${(atMost / count).toFixed(2)} N that these chunks allow; a claim in ${claimMs.toFixed(1)} ms, a commit in ${commitMs.toFixed(1)} ms`, '>= 0.9 N', share >= 0.9)
    }
    tell('dispatch', `a claim with ${hosts.at(-1)} hosts takes ${(claims.at(-1)! / claims[0]!).toFixed(1)} x that of ${hosts[0]}`)
    await benchQueue(bench.db as Database, agents[0]!, agents[1] as FakeAgent, upload)
  } finally {
    await bench.stop()
  }
}

/**
 * All hosts on one video. Speed-up: encoding time handed in, over the time it took. As in the daemon, a host has two lanes and one machine:
 * from before the claim until the chunk is encoded a lane has the machine, and hands in while the other has it.
 */
async function simulate(agents: readonly FakeAgent[], seconds: number): Promise<{ speedUp: number; atMost: number; claimMs: number; commitMs: number }> {
  const prepare = (await agents[0]!.claim(['prepare'], 10))!
  const [claims, commits, made]: [number[], number[], number[]] = [[], [], []]
  const timed = async <T>(into: number[], call: () => Promise<T>) => {
    const asked = performance.now()
    const answer = await call()
    into.push(performance.now() - asked)
    return answer
  }
  const from = performance.now()
  let first = await agents[0]!.commit(prepare, { kind: 'prepare', media: facts(seconds) })
  const runLane = async (agent: FakeAgent, machine: Slots) => {
    for (;;) {
      const free = await machine(new AbortController().signal)
      const lease = first ?? (await timed(claims, () => agent.claim(['encode'], 0)))
      first = null
      if (!lease) return free?.()
      const ms = encodingMs(lease)
      made.push(ms)
      await new Promise((resolve) => setTimeout(resolve, ms))
      free?.()
      await timed(commits, () => agent.commit(lease, madeUp(lease)))
    }
  }
  await Promise.all(agents.flatMap((agent) => {
    const machine = slots(1)
    return [runLane(agent, machine), runLane(agent, machine)]
  }))
  const took = performance.now() - from
  const encodedMs = made.reduce((sum, ms) => sum + ms, 0)
  return { speedUp: encodedMs / took, atMost: encodedMs / shortest(made, agents.length), claimMs: median(claims), commitMs: median(commits) }
}

function encodingMs(lease: JobLease): number {
  const place = lease.task.kind === 'encode' ? (lease.task.chunk.index * GOLDEN_RATIO) % 1 : 0.5
  return secondsOf(lease) * MS_PER_SECOND * (1 - VARIES_BY + 2 * VARIES_BY * place)
}

/** How long hosts need for chunks taken in this order when dispatch costs nothing: at the end some must wait for others. */
function shortest(chunks: readonly number[], hosts: number): number {
  const free = Array.from({ length: hosts }, () => 0)
  for (const ms of chunks) {
    const next = free.indexOf(Math.min(...free))
    free[next]! += ms
  }
  return Math.max(...free)
}
