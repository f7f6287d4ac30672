/** Hosts and encoders that freeze, die alone, or are asked to stop. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { JobFailure } from '../../transcoder/src/failure.ts'
import { startFfmpeg } from '../../transcoder/src/media/ffmpeg.ts'
import { descendantsOf, isRunning } from '../e2e/support/processes.ts'
import { ffmpegWith } from './support/daemon.ts'
import { expectInvariants, lastVerdict } from './support/invariants.ts'
import { startProxy } from './support/proxy.ts'
import { type Site, small, startSite } from './support/site.ts'
import { openTimeline } from './support/timeline.ts'

let site: Site
beforeAll(async () => {
  site = await startSite()
})
afterEach(() => site.clear())
afterAll(() => site.stop())

/** An ffmpeg that waits for a file before it encodes a piece of picture, so that something can happen meanwhile. */
const waiting = (name: string) => ffmpegWith(site, name, 'case "$*" in *filter_complex*pipe:3*) sleep 120 & wait;; esac')

/** Polls that the machine's load must not decide. */
const SOON = { timeout: 30_000, interval: 50 }

/** The death of one may have taken others with it. */
function killAll(pids: number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // Gone already.
    }
  }
}

test('J03: ffmpeg dies with its host, however the host dies', async () => {
  openTimeline(lastVerdict)
  const dying = await site.daemon({ ffmpeg: 'ffmpeg', faultPoint: 'encoder-started:SIGSTOP' })
  const video = await site.upload(small(site, 30))
  await dying.frozen()
  await expect.poll(() => dying.ffmpegs().length, SOON).toBeGreaterThan(0)
  const encoders = dying.ffmpegs()
  await dying.kill()
  await expect.poll(() => encoders.filter(isRunning), SOON).toEqual([])
  const other = await site.daemon()
  await site.becomes(video, 'ready')
  await expectInvariants(site, { videos: { [video]: 'ready' }, daemons: [other] })
})

test('J04: an ffmpeg that is killed is a crash of its job alone; the job goes to another host first', async () => {
  openTimeline(lastVerdict)
  const [first, second] = [await site.daemon({ ffmpeg: waiting('j04') }), await site.daemon({ ffmpeg: waiting('j04') })]
  const daemons = [first, second]
  const video = await site.upload(small(site, 4))
  await expect.poll(() => site.sql(`SELECT id FROM jobs WHERE kind = 'encode' AND state = 'leased'`), { timeout: 30_000 }).toHaveLength(1)
  const [job] = await site.sql(`SELECT id, agent_id FROM jobs WHERE kind = 'encode' AND state = 'leased'`)
  await site.sql('UPDATE jobs SET run_after = 0')
  const holding = () => daemons.find((daemon) => daemon.lines().some((line) => line.msg === 'job started' && line.job === job!.id))
  await expect.poll(holding, SOON).toBeDefined()
  const holder = holding()!
  await expect.poll(() => descendantsOf(holder.pid).length, SOON).toBeGreaterThan(0)
  ffmpegWith(site, 'j04', '')
  killAll(descendantsOf(holder.pid))
  await holder.logged({ msg: 'job failed', class: 'crash' })
  await site.becomes(video, 'ready')
  const [again] = await site.sql('SELECT agent_id, attempts, crashes FROM jobs WHERE id = ?', job!.id)
  expect(again).toMatchObject({ attempts: 1, crashes: JSON.stringify([job!.agent_id]) })
  expect(again!.agent_id).not.toBe(job!.agent_id)
  await expectInvariants(site, { videos: { [video]: 'ready' }, daemons })
})

test('J08: a host that was frozen past its lease finds it lost, and what another host published stays', async () => {
  const timeline = openTimeline(lastVerdict)
  const frozen = await site.daemon({ faultPoint: 'encode-made:SIGSTOP' })
  const video = await site.upload(small(site))
  await frozen.frozen()
  const other = await site.daemon()
  await site.becomes(video, 'ready')
  timeline.note('ready by another host')
  const before = await site.sql('SELECT stream, chunk_index, epoch, manifest FROM chunks ORDER BY stream, chunk_index')
  frozen.process.kill('SIGCONT')
  await frozen.logged({ msg: 'job dropped' })
  expect(await site.sql('SELECT stream, chunk_index, epoch, manifest FROM chunks ORDER BY stream, chunk_index')).toEqual(before)
  await expectInvariants(site, { videos: { [video]: 'ready' }, daemons: [frozen, other] })
})

test('J09: an ffmpeg that stands still is killed; its job can be tried again', async () => {
  const others = new Set(descendantsOf(process.pid))
  const run = startFfmpeg(
    { ffmpeg: 'ffmpeg', ffprobe: 'ffprobe', sandbox: null },
    { argv: ['-re', '-f', 'lavfi', '-i', 'testsrc2=s=160x90:r=10:d=60', '-f', 'null', '-'], outputs: 0, signal: new AbortController().signal, maxMs: 60_000, stallMs: 3_000, onProgress: () => stop() },
  )
  const pids: number[] = []
  const stop = () => {
    if (pids.length > 0) return
    pids.push(...descendantsOf(process.pid).filter((pid) => !others.has(pid)))
    for (const pid of pids) process.kill(pid, 'SIGSTOP')
  }
  const failure = await run.done.then(
    () => null,
    (error: unknown) => error,
  )
  expect(failure).toBeInstanceOf(JobFailure)
  expect(failure).toMatchObject({ class: 'retryable', reason: 'encoder_stalled' })
  expect(pids.length).toBeGreaterThan(0)
  await expect.poll(() => pids.filter(isRunning), SOON).toEqual([])
})

test('J10: SIGTERM gives running jobs back within 10 s and exits with 0; nothing is charged to the input', async () => {
  openTimeline(lastVerdict)
  const stopping = await site.daemon({ ffmpeg: waiting('j10') })
  const video = await site.upload(small(site))
  await expect.poll(() => site.sql(`SELECT id FROM jobs WHERE kind = 'encode' AND state = 'leased'`), { timeout: 30_000 }).toHaveLength(1)
  const at = performance.now()
  stopping.process.kill('SIGTERM')
  expect(await stopping.ended).toBe(0)
  expect(performance.now() - at).toBeLessThan(10_000)
  expect((await site.jobs(video)).filter(({ state }) => state === 'leased')).toEqual([])
  expect((await site.jobs(video)).every(({ attempts }) => attempts === 0)).toBe(true)
  expect(stopping.scratch()).toEqual([])
  const other = await site.daemon()
  await site.becomes(video, 'ready')
  await expectInvariants(site, { videos: { [video]: 'ready' }, daemons: [other] })
})

test('J10: SIGTERM twice in the middle of a job ends the host with 0 at once; nothing is charged to the input, and another host has the work', async () => {
  openTimeline(lastVerdict)
  const stopping = await site.daemon({ ffmpeg: waiting('j10-twice') })
  const video = await site.upload(small(site, 4))
  await expect.poll(() => stopping.ffmpegs().length + descendantsOf(stopping.pid).length, SOON).toBeGreaterThan(0)
  await expect.poll(() => site.sql(`SELECT id FROM jobs WHERE kind = 'encode' AND state = 'leased'`), { timeout: 30_000 }).toHaveLength(1)
  const encoders = descendantsOf(stopping.pid)
  stopping.process.kill('SIGTERM')
  await stopping.logged({ msg: 'stopping' })
  stopping.process.kill('SIGTERM')
  expect(await stopping.ended).toBe(0)
  await expect.poll(() => encoders.filter(isRunning), SOON).toEqual([])
  const other = await site.daemon({ stateDir: stopping.stateDir })
  await site.becomes(video, 'ready')
  expect((await site.jobs(video)).every(({ attempts }) => attempts === 0)).toBe(true)
  await expectInvariants(site, { videos: { [video]: 'ready' }, daemons: [other] })
})

test('J10: SIGTERM to an idle host ends it with 0 at once; a second one does not wait for a server that does not answer', async () => {
  const idle = await site.daemon()
  const at = performance.now()
  idle.process.kill('SIGTERM')
  expect(await idle.ended).toBe(0)
  expect(performance.now() - at).toBeLessThan(10_000)
  const api = await startProxy(site.url)
  const deaf = await site.daemon({ api })
  api.toxics = () => ({ do: 'blackhole' })
  deaf.process.kill('SIGTERM')
  await deaf.logged({ msg: 'stopping' })
  deaf.process.kill('SIGTERM')
  expect(await deaf.ended).toBe(0)
  await api.stop()
})
