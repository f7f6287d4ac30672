/** Hosts in trouble of their own, and files that are trouble for every host. */
import { execFileSync, spawn } from 'node:child_process'
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { processGroup } from '../e2e/support/processGroup.ts'
import { ffmpegWith } from './support/daemon.ts'
import { expectInvariants, lastVerdict } from './support/invariants.ts'
import { clip, type Site, small, startSite } from './support/site.ts'
import { openTimeline } from './support/timeline.ts'

let site: Site
const MEMORY = String(320 * 1024 * 1024)
const group = processGroup(['/sys/fs/cgroup/memory', { 'memory.limit_in_bytes': MEMORY }], ['/sys/fs/cgroup', { 'memory.max': MEMORY }])
beforeAll(async () => {
  site = await startSite()
})
afterEach(() => site.clear())
// After what follows it here: ends are taken in reverse.
afterAll(() => group?.remove())
afterAll(() => site.stop())

/** A host whose state folder is a disk of 8 MB of its own, in a mount namespace. */
async function onSmallDisk() {
  const stateDir = mkdtempSync(join(site.folder, 'disk-'))
  const prefix = ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c', `mount -t tmpfs -o size=8m tmpfs ${stateDir} && exec "$@"`, 'sh']
  const host = await site.daemon({ stateDir, prefix, faultPoint: 'images-claimed:SIGSTOP' })
  const within = (...command: string[]) => execFileSync('nsenter', ['--target', String(host.pid), '--user', '--preserve-credentials', '--mount', ...command])
  return { host, stateDir, within }
}

test.each([
  ['full', 'disk_full', (folder: string) => ['sh', '-c', `cat /dev/zero > ${folder}/filler || true`], (folder: string) => ['rm', `${folder}/filler`]],
  ['read-only', 'disk_unwritable', (folder: string) => ['mount', '-o', 'remount,ro', folder], (folder: string) => ['mount', '-o', 'remount,rw', folder]],
])('J17: a host whose disk is %s reports %s, is charged with it alone, claims nothing more, and is fit again when there is room', async (_, reason, spoil, mend) => {
  openTimeline(lastVerdict)
  const { host, stateDir, within } = await onSmallDisk()
  const video = await site.upload(small(site, 4))
  await host.frozen()
  within(...spoil(stateDir))
  host.process.kill('SIGCONT')
  await host.logged({ msg: 'job failed', class: 'retryable', reason })
  await host.logged({ msg: 'unfit: the scratch folder cannot be written to' })
  expect((await site.jobs(video)).every(({ attempts }) => attempts === 0)).toBe(true)
  const other = await site.daemon()
  await other.logged({ msg: 'job done', kind: 'images' })
  within(...mend(stateDir))
  await host.logged({ msg: 'fit again: the scratch folder can be written to' })
  await other.kill()
  const second = await site.upload(small(site, 4))
  await site.becomes(second, 'ready')
  await expectInvariants(site, { videos: { [video]: 'ready', [second]: 'ready' }, daemons: [host] })
})

test('J17: a host whose disk answers with input/output errors reports disk_unwritable with what was there, claims nothing more, and is fit again when it is mended', async () => {
  openTimeline(lastVerdict)
  const host = await site.daemon({ faultPoint: 'images-claimed:SIGSTOP' })
  const video = await site.upload(small(site, 4))
  await host.frozen()
  const broken = await breakFiles(host.pid)
  host.process.kill('SIGCONT')
  await host.logged({ msg: 'job failed', class: 'retryable', reason: 'disk_unwritable' })
  await host.logged({ msg: 'unfit: the scratch folder cannot be written to' })
  expect(host.lines().find(({ msg }) => msg === 'job failed')).toMatchObject({ folder: expect.stringContaining(host.stateDir), files: expect.any(Array) })
  expect((await site.jobs(video)).every(({ attempts }) => attempts === 0)).toBe(true)
  await broken.mend()
  await host.logged({ msg: 'fit again: the scratch folder can be written to' })
  await expectInvariants(site, { videos: { [video]: 'ready' }, daemons: [host] })
})

/** EIO for every file and folder that a process opens or makes: that is done on libuv's worker threads, and nothing else is but reading and writing them. */
async function breakFiles(pid: number): Promise<{ mend(): Promise<void> }> {
  const tasks = `/proc/${pid}/task`
  const workers = readdirSync(tasks).filter((id) => readFileSync(`${tasks}/${id}/comm`, 'utf8').trim() === 'libuv-worker')
  expect(workers.length).toBeGreaterThan(0)
  const args = [...workers.flatMap((id) => ['-p', id]), '-o', '/dev/null', '-e', 'trace=openat,mkdir', '-e', 'inject=openat,mkdir:error=EIO']
  const strace = spawn('strace', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  strace.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  await expect.poll(() => (said.match(/attached/g) ?? []).length, { timeout: 30_000, message: said }).toBe(workers.length)
  return {
    async mend() {
      const ended = new Promise((resolve) => strace.once('exit', resolve))
      strace.kill('SIGINT')
      await ended
    },
  }
}

test('J18: a host whose log cannot be written goes on working', async () => {
  openTimeline(lastVerdict)
  const full = openSync('/dev/full', 'w')
  const host = await site.daemon({ stdout: full })
  closeSync(full)
  const video = await site.upload(small(site, 4))
  await site.becomes(video, 'ready')
  expect([host.process.exitCode, host.process.signalCode]).toEqual([null, null])
  await expectInvariants(site, { videos: { [video]: 'ready' }, daemons: [host] })
})

test('J21: a file that crashes the decoder on two hosts fails for good; the queue keeps moving', async () => {
  openTimeline(lastVerdict)
  // 25 pictures a second: that one, and no other.
  const poison = clip(site, 'poison.mp4', '-f', 'lavfi', '-i', 'testsrc2=s=160x90:r=25:d=4', '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p')
  const ffmpeg = ffmpegWith(site, 'j21', 'case "$*" in *fps=25*) exit 139;; esac')
  const daemons = [await site.daemon({ ffmpeg }), await site.daemon({ ffmpeg })]
  const [bad, good] = [await site.upload(poison), await site.upload(small(site, 4))]
  await site.becomes(good, 'ready')
  await site.becomes(bad, 'failed')
  expect(await site.api('GET', `/videos/${bad}`)).toMatchObject({ error: { code: 'source_crashes_encoder' } })
  const [crashed] = (await site.jobs(bad)).filter(({ state }) => state === 'failed')
  expect(new Set(JSON.parse(String(crashed!.crashes))).size).toBe(2)
  await expectInvariants(site, { videos: { [bad]: 'failed', [good]: 'ready' }, daemons })
})

test.each([
  ['the kernel kills for its memory', 'encoder_crashed', 'kill -KILL $$'],
  ['is given no memory', 'out_of_memory', 'ulimit -v 60000; exec ffmpeg "$@"'],
])('J23: an encoder that %s is a crash (%s) of its job alone; the host goes on', async (_, reason, end) => {
  openTimeline(lastVerdict)
  const ffmpeg = ffmpegWith(site, `j23-${reason}`, `case "$*" in *filter_complex*pipe:3*) if mkdir "$here/killed"; then mkdir "$here/oom-$(cat /proc/self/oom_score_adj)"; ${end}; fi;; esac`)
  const host = await site.daemon({ ffmpeg })
  const video = await site.upload(small(site, 4))
  await host.logged({ msg: 'job failed', class: 'crash', reason })
  await site.becomes(video, 'ready')
  // The kernel, out of memory, takes an encoder before the host.
  const encoders = readdirSync(dirname(ffmpeg)).find((name) => name.startsWith('oom-'))?.slice(4)
  expect(Number(encoders)).toBeGreaterThan(Number(readFileSync(`/proc/${host.pid}/oom_score_adj`, 'utf8')))
  expect([host.process.exitCode, host.process.signalCode]).toEqual([null, null])
  await expectInvariants(site, { videos: { [video]: 'ready' }, daemons: [host] })
})

/** A machine that lets nobody set a limit cannot judge; it says so. */
const limited = group ? test : (title: string) => console.warn(`left out, this machine lets no memory group be made: ${title}`)

limited('J23: a service at its memory limit, as MemoryMax= sets one, loses the encoder that asked for too much, and nothing else; the job is a crash and is done the next time', async () => {
  openTimeline(lastVerdict)
  // What is made instead of the first piece of picture is 4K, with fifty frames of it in sight.
  const greedy = 'exec ffmpeg -v error -f lavfi -i color=s=3840x2160:r=30:d=60 -c:v libx264 -preset slow -f null -'
  const ffmpeg = ffmpegWith(site, 'j23-group', `case "$*" in *filter_complex*pipe:3*) if mkdir "$here/greedy"; then ${greedy}; fi;; esac`)
  const host = await site.daemon({ ffmpeg, prefix: group!.join })
  const video = await site.upload(small(site, 4))
  await host.logged({ msg: 'job failed', class: 'crash' })
  const events = ['memory.events', 'memory.oom_control'].map((name) => join(group!.folder, name)).find((file) => existsSync(file)) as string
  expect(Number(/^oom_kill (\d+)/m.exec(readFileSync(events, 'utf8'))?.[1])).toBeGreaterThan(0)
  await site.becomes(video, 'ready')
  expect([host.process.exitCode, host.process.signalCode]).toEqual([null, null])
  await expectInvariants(site, { videos: { [video]: 'ready' }, daemons: [host] })
})
