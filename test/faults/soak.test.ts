/** J24: half a minute, five in .ci/run. `AVOCET_SOAK_SECONDS=28800 npx vitest run --project faults soak` for a night; `AVOCET_FAULT_SEED` for the same faults again. */
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Daemon } from './support/daemon.ts'
import { expectInvariants, lastVerdict, letTimePass } from './support/invariants.ts'
import { startProxy, type Toxic, type Way } from './support/proxy.ts'
import { LEASE_SECONDS, type Site, small, startSite } from './support/site.ts'
import { openTimeline, randomFrom, SEED, type Timeline } from './support/timeline.ts'

const SECONDS = Number(process.env.AVOCET_SOAK_SECONDS ?? 30)
const EVERY_MS = 3_000
/** Videos under way at a time, at most, and how soon the next one comes: enough that each host is always about some job when it is struck. */
const AT_ONCE = 5
const NEXT_MS = 2_000
/** A host that was frozen at work has found its lease lost so long after it, and adds nothing to what it made. */
const LATE_MS = LEASE_SECONDS * 5_000
const DRAIN_SECONDS = 300

let site: Site
beforeAll(async () => {
  site = await startSite()
})
afterAll(() => site.stop())

/** A machine: its process may die and come back, its ways may break and heal. */
interface Host {
  name: string
  daemon: Daemon
  api: Way
  s3: Way
  /** Log lines of processes that have died. */
  past: Record<string, unknown>[]
  isStruck: boolean
}

async function startHost(name: string): Promise<Host> {
  const [api, s3] = [await startProxy(site.url), await startProxy(site.url)]
  return { name, api, s3, daemon: await site.daemon({ api, s3 }), past: [], isStruck: false }
}

async function restart(host: Host): Promise<void> {
  host.past.push(...host.daemon.lines())
  host.daemon = await site.daemon({ api: host.api, s3: host.s3, stateDir: host.daemon.stateDir, wait: false })
}

const random = randomFrom(SEED)
const between = (least: number, most: number) => Math.floor(least + random() * (most - least))
const answer = (status: number): Toxic => ({ do: 'answer', status, type: 'text/html', body: '<h1>Not now</h1>' })
const sometimes = (share: number, toxic: Toxic) => () => (random() < share ? toxic : null)

async function bad(way: Way, toxics: Way['toxics'], ms: number): Promise<void> {
  way.toxics = toxics
  await setTimeout(ms)
  way.toxics = null
}

const FAULTS: Record<string, (host: Host) => Promise<void>> = {
  async 'kill -9'(host) {
    await host.daemon.kill()
    await setTimeout(between(0, 3_000))
    await restart(host)
  },
  async SIGSTOP({ daemon }) {
    daemon.process.kill('SIGSTOP')
    await setTimeout(between(500, LEASE_SECONDS * 2_000))
    daemon.process.kill('SIGCONT')
  },
  'API unreachable': ({ api }) => bad(api, () => ({ do: 'blackhole' }), between(500, LEASE_SECONDS * 1_500)),
  'object store unreachable': ({ s3 }) => bad(s3, () => ({ do: 'reset' }), between(500, 2_500)),
  'API answers 5xx': ({ api }) => bad(api, sometimes(0.5, answer(503)), between(1_000, 6_000)),
  'object store answers 5xx': ({ s3 }) => bad(s3, sometimes(0.3, answer(503)), between(1_000, 6_000)),
  'API takes calls, its answers get lost': ({ api }) => bad(api, sometimes(0.3, { do: 'reset-after' }), between(1_000, 4_000)),
}

/** Strikes a host that is well every few seconds, with a fault each time until the time is up; all faults have ended when it returns. */
async function strike(hosts: readonly Host[], until: number, timeline: Timeline, counts: Record<string, number>): Promise<void> {
  const ending: Promise<void>[] = []
  while (performance.now() < until) {
    await setTimeout(EVERY_MS)
    const well = hosts.filter(({ isStruck }) => !isStruck)
    const host = well[between(0, well.length)]
    if (!host) continue
    const name = Object.keys(FAULTS)[between(0, Object.keys(FAULTS).length)] as string
    timeline.note(name, { host: host.name })
    counts[name] = (counts[name] ?? 0) + 1
    host.isStruck = true
    const over = (FAULTS[name] as (host: Host) => Promise<void>)(host).finally(() => {
      host.isStruck = false
    })
    ending.push(over)
  }
  await Promise.all(ending)
}

async function keepUploading(until: number): Promise<string[]> {
  const [file, videos] = [small(site, 5), [] as string[]]
  const underWay = async () => Number((await site.sql(`SELECT count(*) AS n FROM videos WHERE status NOT IN ('ready', 'failed')`))[0]?.n)
  while (performance.now() < until) {
    if ((await underWay()) < AT_ONCE) videos.push(await site.upload(file))
    await letTimePass(site, LATE_MS)
    await setTimeout(NEXT_MS)
  }
  return videos
}

test(
  `J24: two hosts, killed, frozen, cut off and lied to at random for ${SECONDS} s, lose no job and publish none twice`,
  async () => {
    const timeline = openTimeline(lastVerdict)
    const hosts = [await startHost('one'), await startHost('two')]
    const until = performance.now() + SECONDS * 1000
    const counts: Record<string, number> = {}
    const [videos] = await Promise.all([keepUploading(until), strike(hosts, until, timeline, counts)])
    timeline.note('no more faults', { videos: videos.length, counts })
    const overAt = performance.now()
    // What failed last waits up to two minutes for its next try: that time has passed, too.
    await site.sql(`UPDATE jobs SET run_after = 0 WHERE state = 'queued'`)
    const wanted = Object.fromEntries(videos.map((id) => [id, 'ready' as const]))
    await expectInvariants(site, { videos: wanted, daemons: hosts.map(({ daemon }) => daemon), seconds: DRAIN_SECONDS })
    const lines = hosts.flatMap(({ past, daemon }) => [...past, ...daemon.lines()])
    expect(repeated(lines, 'job started', 'epoch'), 'an attempt given to two').toEqual([])
    expect(repeated(lines, 'job done'), 'a job done twice').toEqual([])
    const jobs = await site.sql('SELECT state, count(*) AS n, max(epoch) AS epochs FROM jobs GROUP BY state')
    expect(jobs.map(({ state }) => state)).toEqual(['done'])
    console.log(`soak: seed ${SEED}, ${videos.length} videos, ${jobs[0]!.n} jobs, at most ${jobs[0]!.epochs} leases of one, all seen ${Math.round((performance.now() - overAt) / 1000)} s after the last fault; faults ${JSON.stringify(counts)}`)
    await Promise.all(hosts.flatMap(({ api, s3 }) => [api.stop(), s3.stop()]))
  },
  (SECONDS + DRAIN_SECONDS * 2) * 1000,
)

/** What was logged more than once of one job, or of one lease of it. */
function repeated(lines: readonly Record<string, unknown>[], message: string, ...by: string[]): string[] {
  const names = lines.filter(({ msg }) => msg === message).map((line) => [line.job, ...by.map((name) => line[name])].join(' '))
  return names.filter((name, at) => names.indexOf(name) !== at)
}
