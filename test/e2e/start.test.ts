import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { descendantsOf, isRunning } from './support/processes.ts'
import { startSystem, type System } from './support/system.ts'

const stateDir = mkdtempSync(join(tmpdir(), 'avocet-start-'))
let system: System
beforeAll(async () => {
  system = await startSystem({ stateDir })
})
afterAll(async () => {
  await system.stop()
  rmSync(stateDir, { recursive: true, force: true })
})

/** Sends a path as written; fetch would tidy it up. */
function raw(
  path: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: string; headers: NodeJS.Dict<string | string[]> }> {
  const { hostname, port } = new URL(system.url)
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, headers }, (answer) => {
      let body = ''
      answer.on('data', (bytes) => (body += bytes))
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body, headers: answer.headers }))
    })
    sent.on('error', reject).end()
  })
}

const api = (path: string, init: RequestInit = {}) =>
  fetch(`${system.url}/api/v1${path}`, { ...init, headers: { 'X-API-Key': system.apiKey } })
const gone = (pids: number[]) => expect.poll(() => pids.filter(isRunning), { timeout: 20_000 }).toEqual([])

test('one line says where it serves', () => {
  expect(system.output().match(/^READY .*$/gm)).toEqual([`READY ${system.url}`])
})

test('the first key works', async () => {
  expect((await api('/videos')).status).toBe(200)
})

test('what local scripts and the server keep is for the owner alone', () => {
  expect(JSON.parse(readFileSync(join(stateDir, 'first-run.json'), 'utf8'))).toEqual({
    url: system.url,
    setupCode: system.setupCode,
    apiKey: system.apiKey,
  })
  const modes = ['.', 'first-run.json', 'secrets.json', 'server.log', 'transcoder-0.log'].map((name) =>
    (statSync(join(stateDir, name)).mode & 0o777).toString(8),
  )
  expect(modes).toEqual(['700', '600', '600', '600', '600'])
})

test('the printed three steps upload a file of several chunks', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'avocet-steps-'))
  const file = join(dir, 'a "quoted" name.mp4')
  execFileSync('ffmpeg', [
    '-v',
    'error',
    '-f',
    'lavfi',
    '-i',
    'testsrc2=s=640x360:r=30:d=5',
    '-vf',
    'noise=alls=50:allf=t',
    '-c:v',
    'libx264',
    '-preset',
    'ultrafast',
    '-qp',
    '0',
    file,
  ])
  expect(statSync(file).size).toBeGreaterThan(2 * 5 * 1024 ** 2)
  await expect.poll(system.output).toContain('API reference')
  const steps = /three steps:\n(.*?)\n\n/s.exec(system.output())?.[1] ?? ''
  const script = steps.replace('FILE=video.mp4', `FILE='${file}'`)
  const printed = execFileSync('sh', ['-c', script], { encoding: 'utf8' })
  rmSync(dir, { recursive: true })
  const { video_id } = JSON.parse(printed.trim().split('\n').at(-1) ?? '') as { video_id: string }
  await expect
    .poll(async () => (await (await api(`/videos/${video_id}`)).json()) as unknown, { timeout: 120_000, interval: 500 })
    // With its poster, the last thing made: what follows compares what is there before and after.
    .toMatchObject({ status: 'ready', poster_url: expect.any(String) })
})

test.each([
  '/cdn-cgi/local/explorer',
  '/CDN-cgi/local/r2/public/avocet-media/x',
  '//cdn-cgi/local/scheduled',
  '/%63dn-cgi/local/explorer',
  '/x/../cdn-cgi/local/explorer',
  '/x/%2e%2e/cdn-cgi/local/explorer',
  '/%2fcdn-cgi/local/explorer',
  '/\\cdn-cgi/local/explorer',
  '/__cf_local/x',
])("the runtime's own %s is not there", async (path) => {
  const { status, body } = await raw(path)
  expect({ status, ...(JSON.parse(body) as object) }).toMatchObject({ status: 404, code: 'route_not_found' })
})

test('A32: no header of a client picks another route, forges an address or gets internals back', async () => {
  const plain = await raw('/healthz')
  const forged = await raw('/healthz', {
    'MF-Route-Override': 'nobody',
    'MF-Original-URL': 'http://x/cdn-cgi/local/explorer',
    'MF-CF-Blob': '{}',
    'X-Forwarded-For': '9.9.9.9',
  })
  expect({ status: forged.status, body: forged.body }).toEqual({ status: plain.status, body: plain.body })
  expect(Object.keys(forged.headers).filter((name) => /^(mf-|cf-)/.test(name))).toEqual([])
})

test('a state folder serves one server at a time', async () => {
  await expect(startSystem({ stateDir, transcoders: 0 })).rejects.toThrow('uses this state folder')
  expect((await api('/videos')).status).toBe(200)
})

test('a runtime that crashes comes back by itself', async () => {
  const workerd = descendantsOf(system.process.pid as number).filter((pid) =>
    readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('workerd'),
  )
  expect(workerd).toHaveLength(1)
  process.kill(workerd[0] as number, 'SIGKILL')
  await expect.poll(async () => (await api('/videos').catch(() => null))?.status, { timeout: 20_000 }).toBe(200)
})

test('Ctrl-C leaves no process and no lock; the next start has the same data', async () => {
  const before: unknown = await (await api('/videos')).json()
  const pids = descendantsOf(system.process.pid as number)
  expect(pids.length).toBeGreaterThanOrEqual(2)
  expect(await system.stop()).toBe(0)
  await gone(pids)
  expect(existsSync(join(stateDir, 'server.pid'))).toBe(false)

  const { apiKey, setupCode, url } = system
  system = await startSystem({ stateDir, env: { PORT: new URL(url).port } })
  expect({ apiKey: system.apiKey, setupCode: system.setupCode }).toEqual({ apiKey, setupCode })
  expect(await (await api('/videos')).json()).toEqual(before)
  expect(system.output()).not.toContain(apiKey)
})

test('a killed server takes every process with it, and the next start recovers', async () => {
  const pids = descendantsOf(system.process.pid as number)
  system.process.kill('SIGKILL')
  await gone(pids)
  system = await startSystem({ stateDir })
  expect((await api('/videos')).status).toBe(200)
})
