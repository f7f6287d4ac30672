/** What happens to the work itself while it runs: deleted, cancelled, published half-way; hosts that die in real time, and hosts that live long. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { ffmpegWith, waitingFfmpeg } from './support/daemon.ts'
import { expectInvariants, lastVerdict } from './support/invariants.ts'
import { LEASE_SECONDS, type Site, small, startSite } from './support/site.ts'
import { openTimeline } from './support/timeline.ts'

let site: Site
beforeAll(async () => {
  site = await startSite()
})
afterEach(() => site.clear())
afterAll(() => site.stop())

const leased = (of = site) => of.sql(`SELECT id, agent_id FROM jobs WHERE kind = 'encode' AND state = 'leased'`)

test.each([
  ['deleted', 'deleted' as const, (id: string) => site.api('DELETE', `/videos/${id}`)],
  [
    'cancelled',
    'failed' as const,
    async (id: string) => {
      const [encode] = await site.sql('SELECT e.id FROM encodes e JOIN videos v ON v.asset_id = e.asset_id WHERE v.id = ?', id)
      return site.api('POST', `/videos/${id}/encodes/${encode!.id}/cancel`)
    },
  ],
])('J25: a video that is %s while it is encoded: its host stops at the next heartbeat, and nothing of it is left or announced as encoded', async (_, ends, end) => {
  openTimeline(lastVerdict)
  const ffmpeg = waitingFfmpeg(site, `j25-${ends}`)
  const host = await site.daemon({ ffmpeg: ffmpeg.path })
  const video = await site.upload(small(site))
  await expect.poll(() => leased(), { timeout: 45_000 }).toHaveLength(1)
  const [job] = await leased()
  await host.logged({ msg: 'job started', job: String(job!.id) })
  await end(video)
  await host.logged({ msg: 'job dropped', job: String(job!.id) }, LEASE_SECONDS * 2)
  await expect.poll(() => host.ffmpegs(), { timeout: 30_000 }).toEqual([])
  await expectInvariants(site, { videos: { [video]: ends }, daemons: [host] })
  expect(await site.sql(`SELECT type FROM events WHERE video_id = ? AND type = 'video.encoded'`, video)).toEqual([])
  // The host is well, and does the next.
  ffmpeg.letGo()
  await site.becomes(await site.upload(small(site, 4)), 'ready')
})

test('J26: a live video that is encoded again, and fails: it plays on as it was', async () => {
  openTimeline(lastVerdict)
  const first = await site.daemon()
  const video = await site.upload(small(site, 4))
  await site.becomes(video, 'ready')
  const current = () => site.sql('SELECT a.current_encode_id AS id FROM assets a JOIN videos v ON v.asset_id = a.id WHERE v.id = ?', video)
  const before = await current()
  await expect.poll(() => site.sql(`SELECT id FROM jobs WHERE state IN ('queued', 'leased')`), { timeout: 30_000 }).toEqual([])
  await first.kill()
  const failing = await site.daemon({ ffmpeg: ffmpegWith(site, 'j26', 'case "$*" in *filter_complex*pipe:3*) echo "src: Invalid data found when processing input" >&2; exit 1;; esac') })
  await site.api('POST', `/videos/${video}/encodes`, {})
  await failing.logged({ msg: 'job failed', class: 'permanent', reason: 'not_a_video' })
  const states = () => site.sql('SELECT e.state FROM encodes e JOIN videos v ON v.asset_id = e.asset_id WHERE v.id = ? ORDER BY e.id', video)
  await expect.poll(states, { timeout: 30_000 }).toEqual([{ state: 'ready' }, { state: 'failed' }])
  expect(await current()).toEqual(before)
  // One that is live is not told of as failed.
  await expectInvariants(site, { videos: { [video]: 'ready' }, daemons: [failing] })
})

test('J28: a database that fails between publishing and announcing does neither; both come once it works again', async () => {
  openTimeline(lastVerdict)
  await site.sql(`CREATE TRIGGER no_events BEFORE INSERT ON events WHEN NEW.type = 'video.encoded' BEGIN SELECT RAISE(ABORT, 'D1_ERROR: out of order'); END`)
  const host = await site.daemon()
  const video = await site.upload(small(site, 4))
  const status = async () => (await site.sql('SELECT status FROM videos WHERE id = ?', video))[0]?.status
  const left = async () => (await site.jobs(video)).filter(({ kind, state }) => (kind === 'encode' || kind === 'audio') && state !== 'done')
  await expect.poll(async () => (await site.jobs(video)).length > 1 && (await left()).length, { timeout: 60_000 }).toBe(1)
  await new Promise((resolve) => setTimeout(resolve, 1500))
  expect(await status()).not.toBe('ready')
  expect(await site.sql(`SELECT type FROM events WHERE video_id = ? AND type = 'video.encoded'`, video)).toEqual([])
  await site.sql('DROP TRIGGER no_events')
  await site.becomes(video, 'ready')
  await expectInvariants(site, { videos: { [video]: 'ready' }, daemons: [host] })
})

test('a dead host’s chunk runs on another host within 60 s, with the leases of life', async () => {
  openTimeline(lastVerdict)
  const real = await startSite({ JOB_LEASE_SECONDS: '45' })
  try {
    const ffmpeg = waitingFfmpeg(real, 'dead')
    const dying = await real.daemon({ ffmpeg: ffmpeg.path })
    const video = await real.upload(small(real))
    await expect.poll(() => leased(real), { timeout: 45_000 }).toHaveLength(1)
    const [held] = await leased(real)
    const other = await real.daemon({ ffmpeg: ffmpeg.path })
    // A lease that has just been renewed: the longest wait there is.
    const renewals = async () => Number((await real.sql('SELECT lease_until FROM jobs WHERE id = ?', held!.id))[0]!.lease_until)
    const first = await renewals()
    await expect.poll(renewals, { timeout: 30_000, interval: 50 }).not.toBe(first)
    await dying.kill()
    const diedAt = performance.now()
    await other.logged({ msg: 'job started', job: String(held!.id) }, 75)
    expect(performance.now() - diedAt).toBeLessThan(60_000)
    ffmpeg.letGo()
    await real.becomes(video, 'ready')
    await expectInvariants(real, { videos: { [video]: 'ready' }, daemons: [other] })
  } finally {
    await real.stop()
  }
})

/** How many; 10,000 take about two minutes. */
const JOBS = Number(process.env.AVOCET_FAULT_JOBS ?? 1000)

test(`J29: a host’s memory and open files do not grow over ${JOBS} jobs`, async () => {
  let [given, ended] = [0, 0]
  const answers: Record<string, () => unknown> = {
    register: () => ({ agentId: 'agt_x', credential: `avagent_${'0'.repeat(64)}` }),
    claim: () => ({ lease: { id: `job_${++given}`, epoch: 1, encodeId: 'enc_x', source: { key: 'src/none', sizeBytes: 1000 }, task: { kind: 'prepare' } } }),
    heartbeat: () => ({ cancel: false, drain: false }),
    fail: () => void ended++,
  }
  // A server that never runs out of work, all of it files that nothing can be made of.
  const endless = createServer((asked, answer) => {
    asked.resume().once('end', () => {
      const call = /(register|claim|heartbeat|fail)(?:\?|$)/.exec(asked.url ?? '')?.[1] ?? ''
      answer.setHeader('Content-Type', 'application/json')
      answer.end(JSON.stringify(answers[call]?.() ?? null))
    })
  })
  await new Promise<void>((resolve) => endless.listen(0, '127.0.0.1', resolve))
  const heapFile = join(site.folder, 'live-heap')
  const host = await site.daemon({ env: { AVOCET_URL: `http://127.0.0.1:${(endless.address() as AddressInfo).port}`, AVOCET_FFPROBE: '/bin/false', AVOCET_LOG_LEVEL: 'info', NODE_OPTIONS: `--import=${join(import.meta.dirname, 'support/liveHeap.mjs')}`, LIVE_HEAP_FILE: heapFile } })
  const after = async (jobs: number) => {
    await expect.poll(() => ended, { timeout: 600_000, interval: 50 }).toBeGreaterThanOrEqual(jobs)
    rmSync(heapFile, { force: true })
    process.kill(host.pid, 'SIGUSR2')
    await expect.poll(() => existsSync(heapFile), { timeout: 30_000 }).toBe(true)
    return {
      files: readdirSync(`/proc/${host.pid}/fd`).length,
      // What is dead stays in the process until V8 minds: it says nothing of a leak.
      liveBytes: Number(readFileSync(heapFile, 'utf8')),
      residentBytes: Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${host.pid}/status`, 'utf8'))![1]) * 1024,
    }
  }
  const [young, old] = [await after(JOBS / 3), await after(JOBS)]
  endless.close().closeAllConnections()
  expect(old.files).toBeLessThan(young.files + 20)
  expect(old.liveBytes).toBeLessThan(young.liveBytes * 1.25)
  expect(old.residentBytes).toBeLessThan(600e6)
  // Some jobs are under way.
  await expect.poll(() => host.scratch().length, { timeout: 30_000 }).toBeLessThan(5)
}, 700_000)
