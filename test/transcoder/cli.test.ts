/** What an operator types on a host, against a running daemon and the real Worker. */
import { execFile, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { lines } from '../../transcoder/src/cli/status.ts'
import type { Finding } from '../../transcoder/src/cli/finding.ts'
import { enrolmentCode, firstRun } from '../../worker/embedded/firstRun.ts'
import { type Runtime, startRuntime } from '../../worker/embedded/runtime.ts'
import { openState, type State } from '../../worker/embedded/state.ts'
import { freePort } from './support.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'avocet-cli-'))
let [state, runtime] = [null as unknown as State, null as unknown as Runtime]
beforeAll(async () => {
  state = openState(join(folder, 'server'))
  runtime = await startRuntime(root, state, {})
  await firstRun(state, runtime.url.origin)
})
afterAll(async () => {
  await runtime.stop()
  rmSync(folder, { recursive: true, force: true })
})

const node = join(root, 'node_modules/node/bin/node')
const settings = (stateDir: string, more: Record<string, string> = {}) => ({
  PATH: process.env.PATH ?? '',
  AVOCET_URL: runtime.url.origin,
  AVOCET_AGENT_STATE: stateDir,
  AVOCET_AGENT_NAME: 'gpu-1',
  AVOCET_S3_ENDPOINT: runtime.s3.endpoint,
  AVOCET_S3_BUCKET: runtime.s3.bucket,
  AVOCET_S3_ACCESS_KEY_ID: state.secrets.s3.accessKeyId,
  AVOCET_S3_SECRET_ACCESS_KEY: state.secrets.s3.secretAccessKey,
  ...more,
})

/** Runs one command to its end. */
function command(words: string[], env: Record<string, string>): Promise<{ code: number; out: string }> {
  return new Promise((resolve) => {
    execFile(node, [join(root, 'transcoder/src/main.ts'), ...words], { env }, (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), out: stdout + stderr }))
  })
}

test('a daemon tells what it does, counts it, and ends with 0 when it is drained', async () => {
  const [stateDir, port] = [join(folder, 'agent'), await freePort()]
  expect(await command(['status'], settings(stateDir))).toMatchObject({ code: 3, out: expect.stringContaining('No daemon runs here') })
  const env = settings(stateDir, { AVOCET_METRICS_PORT: String(port), AVOCET_ENROLMENT_CODE: await enrolmentCode(state, runtime.url.origin) })
  const daemon = spawn(node, [join(root, 'transcoder/src/main.ts')], { env, stdio: ['ignore', 'ignore', 'inherit'] })
  const ended = new Promise<number | null>((resolve) => daemon.once('exit', resolve))
  try {
    await expect.poll(async () => (await command(['status'], settings(stateDir))).code, { timeout: 60_000, interval: 500 }).toBe(0)
    expect((await command(['status'], settings(stateDir))).out).toMatch(/^gpu-1 for http:\/\/127\.0\.0\.1:\d+, up 0:\d\d, .*libx264.*\nidle\n$/)
    expect(JSON.parse((await command(['status', '--json'], settings(stateDir))).out)).toMatchObject({ name: 'gpu-1', draining: false, jobs: [] })
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
    expect(metrics).toMatch(/^avocet_ffmpeg_runs_total\{result="ok"\} \d+$/m)
    expect(metrics).toMatch(/^avocet_jobs_running 0$/m)
    const { code, out } = await command(['doctor', '--json'], settings(stateDir))
    const findings = JSON.parse(out) as Finding[]
    expect(findings.filter(({ verdict }) => verdict === 'fail')).toEqual([])
    expect(code).toBe(0)
    expect(findings.find(({ what }) => what === 'credential')?.text).toBe('this host is enrolled')
    expect(out + metrics).not.toMatch(/avagent_[0-9a-f]|enrol_[0-9a-f]/)
    expect(await command(['drain'], settings(stateDir))).toEqual({ code: 0, out: 'finishing 0 jobs\ndrained\n' })
    expect(await ended).toBe(0)
  } finally {
    daemon.kill('SIGKILL')
  }
})

test('the doctor says what is wrong, and what to do about it', async () => {
  const stateDir = join(folder, 'sick')
  const sick = settings(stateDir, { AVOCET_URL: `http://127.0.0.1:${await freePort()}`, AVOCET_S3_SECRET_ACCESS_KEY: 'not-the-secret', AVOCET_FFMPEG: '/nowhere/ffmpeg' })
  const { code, out } = await command(['doctor'], sick)
  expect(code).toBe(1)
  for (const line of ['fail ffmpeg: /nowhere/ffmpeg does not run', `fail server: ${sick.AVOCET_URL} cannot be reached`, 'fail object store:']) expect(out).toContain(line)
  expect(out).not.toContain('not-the-secret')
  const unknown = await command(['doctor'], settings(stateDir))
  expect(unknown.out).toContain('fail credential: not enrolled. Set AVOCET_ENROLMENT_CODE once.')
})

test('an unknown command is answered with the usage', async () => {
  const { code, out } = await command(['dance'], {})
  expect([code, out.split('\n')[0]]).toEqual([64, 'avocet-transcoder [command] [--json]'])
})

test('a status shows every job with its share and its time', () => {
  const job = { job: 'job_1', kind: 'encode' as const, encode: 'enc_1', part: 'chunk 3: v720 v480', epoch: 1, progress: 0.256, speed: 2.345, isEncoded: false, startedAt: 0 }
  const told = { name: 'gpu-1', url: 'https://v.example', encoders: ['libx264'], decodesOnGpu: false, sandbox: true, pid: 1, draining: true, unfit: [], startedAt: 0, jobs: [job] }
  expect(lines(told, 65_000)).toEqual(['gpu-1 for https://v.example, up 1:05, libx264, draining', 'encode    26 %    2.3 x  1:05  enc_1  chunk 3: v720 v480'])
})
