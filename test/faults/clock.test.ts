/** J19: hosts whose clock is wrong, or is set while they work. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Daemon, waitingFfmpeg } from './support/daemon.ts'
import { expectInvariants, lastVerdict } from './support/invariants.ts'
import { startProxy, type Way } from './support/proxy.ts'
import { LEASE_SECONDS, type Site, small, startSite } from './support/site.ts'
import { openTimeline } from './support/timeline.ts'

let site: Site
/** Answers with a `Date`, as the front of every server does; workerd alone has none. */
let api: Way
beforeAll(async () => {
  site = await startSite()
  api = await startProxy(site.url)
})
afterEach(() => site.clear())
afterAll(async () => {
  await api.stop()
  await site.stop()
})

interface WrongClock {
  env: Record<string, string>
  /** `+1h`, `-1h`, `+0`; heard within a second. */
  set(offset: string): void
}

/** The wall clock of a process and its children, by libfaketime; the monotonic one is not touched, as on a real host. */
function wrongClock(offset: string): WrongClock {
  const file = join(mkdtempSync(join(site.folder, 'clock-')), 'offset')
  const set = (next: string) => {
    writeFileSync(`${file}.next`, next)
    renameSync(`${file}.next`, file)
  }
  set(offset)
  return { set, env: { LD_PRELOAD: libfaketime(), FAKETIME_DONT_FAKE_MONOTONIC: '1', FAKETIME_CACHE_DURATION: '1', FAKETIME_TIMESTAMP_FILE: file } }
}

function libfaketime(): string {
  const found = readdirSync('/usr/lib').map((folder) => `/usr/lib/${folder}/faketime`).find((folder) => listed(folder).includes('libfaketimeMT.so.1'))
  if (!found) throw new Error('Debian’s faketime is needed for wrong clocks.')
  return join(found, 'libfaketimeMT.so.1')
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

const hourOf = (daemon: Daemon, message: string) => new Date(Number(daemon.lines().find(({ msg }) => msg === message)?.time)).getTime()

/** What `doctor` says of the clock on that host. */
async function doctorOn(host: Daemon): Promise<{ verdict: string; text: string } | undefined> {
  const command = ['transcoder/src/main.ts', 'doctor', '--json']
  const text = await new Promise<string>((resolve) => execFile('node_modules/node/bin/node', command, { env: host.environment }, (_, stdout) => resolve(stdout)))
  return (JSON.parse(text) as { what: string; verdict: string; text: string }[]).find(({ what, verdict }) => what === 'clock' && verdict !== 'ok')
}

test.each([
  ['an hour ahead', '+1h', 3_600_000],
  ['an hour behind', '-1h', -3_600_000],
])('J19: a host whose clock is %s keeps its leases and stores its objects; doctor says so', async (_, offset, offMs) => {
  openTimeline(lastVerdict)
  const host = await site.daemon({ api, env: wrongClock(offset).env })
  const video = await site.upload(small(site))
  await site.becomes(video, 'ready')
  expect(Math.abs(hourOf(host, 'registered') - offMs - Date.now())).toBeLessThan(600_000)
  expect((await site.jobs(video)).filter(({ epoch, attempts }) => Number(epoch) > 1 || attempts !== 0)).toEqual([])
  expect(await doctorOn(host)).toMatchObject({ verdict: 'warn', text: expect.stringMatching(/^3(?:599|600|601) s /) })
  await expectInvariants(site, { videos: { [video]: 'ready' }, daemons: [host] })
})

test.each([
  ['forward', '+1h'],
  ['back', '-1h'],
])('J19: a clock that is set %s by an hour in the middle of a job changes nothing: the lease is renewed, what follows is stored', async (name, offset) => {
  openTimeline(lastVerdict)
  const ffmpeg = waitingFfmpeg(site, `j19-${name}`)
  const clock = wrongClock('+0')
  const host = await site.daemon({ api, ffmpeg: ffmpeg.path, env: clock.env })
  const video = await site.upload(small(site))
  const leases = () => site.sql(`SELECT lease_until FROM jobs WHERE kind = 'encode' AND state = 'leased'`)
  await expect.poll(leases, { timeout: 45_000 }).toHaveLength(1)
  clock.set(offset)
  const [{ lease_until: from }] = (await leases()) as [{ lease_until: number }]
  await expect.poll(async () => Number((await leases())[0]?.lease_until), { timeout: 30_000 }).toBeGreaterThan(from + LEASE_SECONDS * 500)
  ffmpeg.letGo()
  await site.becomes(video, 'ready')
  expect((await site.jobs(video)).filter(({ epoch, attempts }) => Number(epoch) > 1 || attempts !== 0)).toEqual([])
  await expectInvariants(site, { videos: { [video]: 'ready' }, daemons: [host] })
})

test('J19: where nobody tells the time, a refused signature is reported as clock_skew; the host claims nothing until its clock is right, no video pays for it, and doctor says why', async () => {
  openTimeline(lastVerdict)
  const clock = wrongClock('+1h')
  const host = await site.daemon({ env: clock.env })
  const video = await site.upload(small(site, 4))
  await host.logged({ msg: 'job failed', class: 'retryable', reason: 'clock_skew' })
  await host.logged({ msg: 'unfit: the clock is wrong and the object store refuses what this host signs' })
  expect(await doctorOn(host)).toMatchObject({ verdict: 'fail', text: expect.stringContaining('clock_skew') })
  expect((await site.jobs(video)).map(({ attempts, state }) => [attempts, state])).toEqual([[0, 'queued']])
  clock.set('+0')
  await host.logged({ msg: 'fit again: the object store takes what this host signs' })
  await site.becomes(video, 'ready')
  expect((await site.jobs(video)).every(({ attempts }) => attempts === 0)).toBe(true)
  await expectInvariants(site, { videos: { [video]: 'ready' }, daemons: [host] })
})
