/** What ffmpeg may do on a host: kernel limits, decoders, and the unit that holds the daemon. */
import { execFileSync, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { startFfmpeg } from '../../transcoder/src/media/ffmpeg.ts'
import { DECODERS } from '../../transcoder/src/media/inputGuard.ts'
import { openSandbox } from '../../transcoder/src/media/sandbox.ts'
import { probe } from '../../transcoder/src/media/probe.ts'
import { startSourceServer } from '../../transcoder/src/sourceServer.ts'
import { clip, openSource, picture, scratch, tools } from './support.ts'

const sources = await startSourceServer()
afterAll(() => sources.stop())
const sandbox = await openSandbox(['ffmpeg', 'ffprobe'], sources.door)

test.each([
  ['without a sandbox', null],
  ['in the sandbox, where this host has one', sandbox],
])('the kernel holds ffmpeg to its time, files and addresses %s', async (_, sandbox) => {
  const mark = randomUUID()
  const stop = new AbortController()
  const argv = ['-re', '-f', 'lavfi', '-i', 'testsrc2=d=60', '-metadata', `comment=${mark}`, '-f', 'null', '-']
  const run = startFfmpeg({ ...tools, sandbox }, { argv, outputs: 0, signal: stop.signal, maxMs: 60_000 })
  const found = () => ffmpegWith(mark)
  await expect.poll(found).toHaveLength(1)
  const limits = readFileSync(`/proc/${found()[0]}/limits`, 'utf8')
  const limit = (name: string) => new RegExp(`^${name} +(\\S+)`, 'm').exec(limits)?.[1]
  expect({ core: limit('Max core file size'), files: limit('Max open files'), bytes: limit('Max file size'), cpu: limit('Max cpu time') }).toEqual({
    core: '0',
    files: '512',
    bytes: '0',
    cpu: String(60 * cpus().length),
  })
  // CUDA reserves more addresses than any limit that would mean something.
  if (!readdirSync('/dev').some((name) => name.startsWith('nvidia'))) expect(Number(limit('Max address space'))).toBe((16 + cpus().length) * 1024 ** 3)
  stop.abort(new Error('enough'))
  await expect(run.done).rejects.toThrow('enough')
})

test('a job that was given no folder cannot write a file', async () => {
  const file = join(scratch, 'unwanted.mp4')
  const run = startFfmpeg(tools, { argv: ['-f', 'lavfi', '-i', 'testsrc2=d=1', '-y', file], outputs: 0, signal: new AbortController().signal, maxMs: 60_000 })
  await expect(run.done).rejects.toThrow()
  expect(existsSync(file) ? readFileSync(file).length : 0).toBe(0)
})

test('every decoder we allow is one of the installed build, but for those that builds differ in', () => {
  const built = new Set(execFileSync('ffmpeg', ['-hide_banner', '-decoders'], { encoding: 'utf8' }).split('\n').map((line) => line.trim().split(/\s+/)[1]))
  expect(DECODERS.filter((name) => !built.has(name) && !name.startsWith('lib'))).toEqual([])
  expect(new Set(DECODERS).size).toBe(DECODERS.length)
})

test('a file whose decoder is not on the list fails for good, whatever its container', async () => {
  const source = await openSource(clip('exotic.flv', ...picture(1, '64x64'), '-c:v', 'flashsv', '-pix_fmt', 'bgr24'))
  await expect(probe(tools, source.url, source.sizeBytes, source.signal)).rejects.toMatchObject({ class: 'permanent', reason: 'codec_not_supported' })
})

const UNIT = fileURLToPath(new URL('../../transcoder/systemd/avocet-transcoder.service', import.meta.url))
const hasAnalyze = spawnSync('systemd-analyze', ['--version']).status === 0
/** A host without systemd cannot judge the unit; it says so. */
const judged = hasAnalyze ? test : (title: string) => console.warn(`left out, this host has no systemd-analyze: ${title}`)

judged('systemd understands every line of the unit', () => {
  const unit = readFileSync(UNIT, 'utf8').replace(/^ExecStart=.*$/m, 'ExecStart=/bin/true').replace(/^ExecStartPre=.*$/m, 'ExecStartPre=-+/bin/true')
  const file = join(mkdtempSync(join(scratch, 'unit-')), 'avocet-transcoder.service')
  writeFileSync(file, unit)
  const { stderr, status } = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' })
  expect(stderr.split('\n').filter((line) => line.includes('avocet-transcoder'))).toEqual([])
  expect(status).toBe(0)
})

judged('the unit exposes little: what is left open is what ffmpeg, its sandbox and a graphics card need', () => {
  const { stdout } = spawnSync('systemd-analyze', ['security', '--offline=true', '--no-pager', UNIT], { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C.UTF-8' } })
  expect(Number(/exposure level for \S+: ([\d.]+)/.exec(stdout)?.[1])).toBeLessThanOrEqual(3)
  for (const closed of ['NoNewPrivileges=', 'ProtectHome=', 'PrivateTmp=', 'ProtectKernelModules=', 'RestrictSUIDSGID=', 'CapabilityBoundingSet=~CAP_SYS_ADMIN', 'SystemCallFilter=~@debug', 'SystemCallFilter=~@module'])
    expect(stdout).toMatch(new RegExp(`✓ ${closed}`))
})

test('J16, J23: a host stays drained: the unit starts again what failed, not what ended well, nor what the server refused; an encoder that ran out of memory does not end it', () => {
  const unit = readFileSync(UNIT, 'utf8')
  expect(unit).toMatch(/^Restart=on-failure$/m)
  expect(unit).toMatch(/^RestartPreventExitStatus=77$/m)
  expect(unit).toMatch(/^OOMPolicy=continue$/m)
})

function ffmpegWith(mark: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(mark) && readlinkSync(`/proc/${pid}/exe`).endsWith('ffmpeg')
    } catch {
      return false
    }
  })
}
