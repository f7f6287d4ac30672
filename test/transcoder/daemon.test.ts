/** The daemon as a process of its own, against the real Worker in workerd. The Worker's bundle is built by `npm test`. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { enrolmentCode, firstRun } from '../../worker/embedded/firstRun.ts'
import { type Runtime, startRuntime } from '../../worker/embedded/runtime.ts'
import { openState, type State } from '../../worker/embedded/state.ts'
import { clip, decodedFrames, freePort, h264, picture, sound } from './support.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const folder = mkdtempSync(join(tmpdir(), 'avocet-daemon-'))
let [state, runtime, apiKey, url] = [null as unknown as State, null as unknown as Runtime, '', '']

beforeAll(async () => {
  state = openState(join(folder, 'server'))
  runtime = await startRuntime(root, state, {})
  url = runtime.url.origin
  apiKey = (await firstRun(state, url)).facts!.apiKey
})
afterAll(async () => {
  await runtime.stop()
  rmSync(folder, { recursive: true, force: true })
})

const daemons = new Set<ChildProcess>()
afterEach(() => {
  for (const daemon of daemons) daemon.kill('SIGKILL')
})

interface Daemon {
  process: ChildProcess
  stateDir: string
  ended: Promise<number | null>
  /** Resolves when it logged this message, about a job of this kind where one is named. */
  logged(message: string, kind?: string): Promise<void>
  /** Its log so far. */
  lines(): string
}

/** Starts a daemon with storage keys, or with none (`edge`). */
function startDaemon(variables: Record<string, string>, stateDir = mkdtempSync(join(folder, 'agent-'))): Daemon {
  const { accessKeyId, secretAccessKey } = state.secrets.s3
  const s3 = {
    AVOCET_S3_ENDPOINT: runtime.s3.endpoint,
    AVOCET_S3_BUCKET: runtime.s3.bucket,
    AVOCET_S3_ACCESS_KEY_ID: accessKeyId,
    AVOCET_S3_SECRET_ACCESS_KEY: secretAccessKey,
  }
  const child = spawn(join(root, 'node_modules/node/bin/node'), [join(root, 'transcoder/src/main.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env.PATH,
      AVOCET_URL: url,
      AVOCET_AGENT_STATE: stateDir,
      ...(variables.AVOCET_STORAGE === 'edge' ? {} : s3),
      ...variables,
    },
  })
  daemons.add(child)
  let lines = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (lines += text))
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  const has = (message: string, kind?: string) =>
    lines.split('\n').some((line) => line.includes(`"msg":"${message}"`) && (!kind || line.includes(`"kind":"${kind}"`)))
  return {
    process: child,
    stateDir,
    ended,
    lines: () => lines,
    logged: (message, kind) => expect.poll(() => has(message, kind), { timeout: 60_000, message: lines }).toBe(true),
  }
}

const api = async (path: string, init: RequestInit = {}) => {
  const ask = () => fetch(`${url}/api/v1${path}`, { ...init, headers: { 'X-API-Key': apiKey, ...(init.headers as Record<string, string>) } })
  // workerd closes idle connections while fetch still means to use them: then it is asked once more.
  const response = await ask().catch(ask)
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  return (await response.json()) as Record<string, unknown>
}

/** Uploads a file and returns its video's id. */
async function upload(file: string): Promise<string> {
  const bytes = readFileSync(file)
  const { upload_id: id, chunk_size: size } = await api('/upload/init', {
    method: 'POST',
    body: JSON.stringify({ filename: 'clip.mp4', size: bytes.length }),
  })
  for (let index = 0; index * Number(size) < bytes.length; index++) {
    const body = bytes.subarray(index * Number(size), (index + 1) * Number(size))
    await api('/upload/chunk', { method: 'POST', body, headers: { 'X-Upload-ID': String(id), 'X-Chunk-Index': String(index) } })
  }
  return String((await api('/upload/complete', { method: 'POST', body: JSON.stringify({ upload_id: id }) })).video_id)
}

const becomes = (id: string, status: string) =>
  expect.poll(async () => (await api(`/videos/${id}`)).status, { timeout: 90_000, interval: 300 }).toBe(status)

test.each(['s3', 'edge'])(
  'a host with %s storage makes an upload ready, keeps its credential to itself, and ends with 0 on SIGTERM',
  async (storage) => {
    const daemon = startDaemon({ AVOCET_STORAGE: storage, AVOCET_ENROLMENT_CODE: await enrolmentCode(state, url) })
    const id = await upload(clip('daemon.mp4', ...picture(9, '320x180'), ...sound(9), ...h264, '-c:a', 'aac'))
    await becomes(id, 'ready')
    await daemon.logged('job done', 'images')
    await api(`/videos/${id}`, { method: 'PUT', body: '{"downloadable":true}' })
    await daemon.logged('job done', 'download')
    const mp4 = join(folder, `${storage}.mp4`)
    writeFileSync(mp4, Buffer.from(await (await fetch(`${url}/api/v1/videos/${id}/download`, { headers: { 'X-API-Key': apiKey } })).arrayBuffer()))
    expect(decodedFrames(mp4)).toHaveLength(9 * 30)
    const { poster_url } = await api(`/videos/${id}/poster`, { method: 'PUT', body: '{"time":8.5}' })
    await daemon.logged('job done', 'poster')
    const poster = await fetch(`${url}${new URL(String(poster_url)).pathname}`)
    expect([poster.headers.get('Content-Type'), Buffer.from(await poster.arrayBuffer()).subarray(0, 3).toString('hex')]).toEqual(['image/jpeg', 'ffd8ff'])
    expect(statSync(join(daemon.stateDir, 'credential')).mode & 0o777).toBe(0o600)
    await expect.poll(() => readdirSync(join(daemon.stateDir, 'scratch'))).toEqual([])
    // Each piece of picture is told of with its job, its lease and how many times faster than life it was made.
    const made = daemon.lines().split('\n').filter((line) => line.includes('"msg":"job done"') && line.includes('"kind":"encode"')).map((line) => JSON.parse(line))
    expect(made.length).toBeGreaterThan(0)
    for (const line of made) expect(line).toMatchObject({ job: expect.stringMatching(/^job_/), encode: expect.stringMatching(/^enc_/), epoch: 1, speed: expect.any(Number), seconds: expect.any(Number) })
    daemon.process.kill('SIGTERM')
    expect(await daemon.ended).toBe(0)
  },
)

test('a job is given back on SIGTERM and finished by the next host, which needs no enrolment code when its credential is there', async () => {
  const first = startDaemon({ AVOCET_ENROLMENT_CODE: await enrolmentCode(state, url) })
  const id = await upload(clip('slow.mp4', ...picture(14, '1280x720'), ...h264))
  await first.logged('job started', 'encode')
  first.process.kill('SIGTERM')
  expect(await first.ended).toBe(0)
  expect(ffmpegsOf(first.process.pid!)).toEqual([])
  const second = startDaemon({}, first.stateDir)
  await becomes(id, 'ready')
  second.process.kill('SIGTERM')
  expect(await second.ended).toBe(0)
})

test('the next chunk is encoded while the segments of the last one are still being stored', async () => {
  const slow = await slowStorage(1500)
  const daemon = startDaemon({ AVOCET_ENROLMENT_CODE: await enrolmentCode(state, url), AVOCET_S3_ENDPOINT: slow.endpoint })
  const id = await upload(clip('chunks.mp4', ...picture(24, '128x72'), ...h264))
  await becomes(id, 'ready')
  const turns = daemon.lines().split('\n').flatMap((line) => (line.includes('"kind":"encode"') ? (/"msg":"job (started|done)"/.exec(line)?.slice(1) ?? []) : []))
  expect(turns.length).toBeGreaterThanOrEqual(6)
  // Never more than two at once: one is encoded, one is stored.
  expect(turns.join(' ')).toMatch(/^started (started done )+done$/)
  daemon.process.kill('SIGTERM')
  expect(await daemon.ended).toBe(0)
  slow.stop()
})

/** The object store behind a network that takes its time with every segment. */
async function slowStorage(delayMs: number) {
  const [target, endpoint] = [new URL(runtime.s3.endpoint), new URL(runtime.s3.endpoint)]
  const server = createServer((incoming, answer) => {
    const forward = () =>
      incoming.pipe(
        request({ host: target.hostname, port: target.port, path: incoming.url, method: incoming.method, headers: incoming.headers }, (reply) => {
          answer.writeHead(reply.statusCode!, reply.headers)
          reply.pipe(answer)
        }).on('error', () => answer.destroy()),
      )
    setTimeout(forward, incoming.method === 'PUT' ? delayMs : 0)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  endpoint.port = String((server.address() as AddressInfo).port)
  return { endpoint: endpoint.href, stop: () => (server.closeAllConnections(), server.close()) }
}

test('what is no video fails its video, with a sentence for its owner', async () => {
  const daemon = startDaemon({ AVOCET_ENROLMENT_CODE: await enrolmentCode(state, url) })
  const file = join(folder, 'words.mp4')
  writeFileSync(file, 'only words\n'.repeat(1000))
  const id = await upload(file)
  await becomes(id, 'failed')
  expect(JSON.stringify(await api(`/videos/${id}`))).toContain('not a video we can read')
  daemon.process.kill('SIGTERM')
  expect(await daemon.ended).toBe(0)
})

test('a refused enrolment code or credential ends the daemon with 77, so that nothing starts it again', async () => {
  expect(await startDaemon({ AVOCET_ENROLMENT_CODE: 'wrong' }).ended).toBe(77)
  const stateDir = mkdtempSync(join(folder, 'agent-'))
  writeFileSync(join(stateDir, 'credential'), `avagent_${'0'.repeat(64)}\n`)
  expect(await startDaemon({}, stateDir).ended).toBe(77)
})

test('an idle daemon ends at once on SIGTERM', async () => {
  const daemon = startDaemon({ AVOCET_ENROLMENT_CODE: await enrolmentCode(state, url) })
  await daemon.logged('registered')
  daemon.process.kill('SIGTERM')
  expect(await daemon.ended).toBe(0)
})

/** Stands in for an ffmpeg with NVENC: while the file `card` lies beside it, h264_nvenc is x264 by another name; it knows no CUDA filters. */
const STAND_IN = `#!/bin/bash
case " $* " in *_nvenc*|*cuda*) [ -e "$(dirname "$0")/card" ] || { echo 'Cannot load libcuda.so.1' >&2; exit 1; } ;; esac
case " $* " in *hevc_nvenc*|*av1_nvenc*|*cuda*) echo 'not in this stand-in' >&2; exit 1 ;; esac
args=()
while [ $# -gt 0 ]; do
  case $1 in
    h264_nvenc) args+=(libx264) ;;
    p5) args+=(ultrafast) ;;
    -gpu|-tune|-rc|-cq|-b_ref_mode|-rc-lookahead|-spatial-aq|-temporal-aq|-no-scenecut|-forced-idr) shift ;;
    *) args+=("$1") ;;
  esac
  shift
done
exec ffmpeg "\${args[@]}"
`

test('J22: a card is used while it works; when it fails at work the host says so, registers what is left, and goes on in software', async () => {
  const bin = mkdtempSync(join(folder, 'card-'))
  writeFileSync(join(bin, 'ffmpeg'), STAND_IN, { mode: 0o755 })
  writeFileSync(join(bin, 'card'), '')
  const port = await freePort()
  const daemon = startDaemon({ AVOCET_ENROLMENT_CODE: await enrolmentCode(state, url), AVOCET_FFMPEG: join(bin, 'ffmpeg'), AVOCET_METRICS_PORT: String(port) })
  const metric = async (name: string) => new RegExp(`^${name.replaceAll(/[{}"]/g, '\\$&')} (\\d+)$`, 'm').exec(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text())?.[1]
  const file = clip('card.mp4', ...picture(9, '320x180'), ...h264)
  await daemon.logged('registered')
  await becomes(await upload(file), 'ready')
  // All frames of both rungs came from the card, after the way that needs CUDA filters had been tried and given up for this source.
  expect(Number(await metric('avocet_frames_total{encoder="h264_nvenc"}'))).toBeGreaterThanOrEqual(270)
  await daemon.logged('encoding again with less of the card')
  rmSync(join(bin, 'card'))
  const doomed = await upload(file)
  await daemon.logged('the graphics card does not work any more: this host goes on in software')
  expect(await metric('avocet_gpu_lost_total')).toBe('1')
  await becomes(await upload(file), 'ready')
  expect(Number(await metric('avocet_frames_total{encoder="libx264"}'))).toBeGreaterThanOrEqual(270)
  expect((await api(`/videos/${doomed}`)).status).toBe('processing')
  daemon.process.kill('SIGTERM')
  expect(await daemon.ended).toBe(0)
  expect(daemon.lines()).not.toMatch(/avagent_[0-9a-f]|enrol_[0-9a-f]/)
  expect(daemon.lines()).not.toContain(state.secrets.s3.secretAccessKey)
})

test('ffmpeg dies with its daemon, however the daemon dies', async () => {
  const daemon = startDaemon({ AVOCET_ENROLMENT_CODE: await enrolmentCode(state, url) })
  await upload(clip('slow.mp4', ...picture(14, '1280x720'), ...h264))
  await daemon.logged('job started', 'encode')
  await expect.poll(() => ffmpegsOf(daemon.process.pid!).length).toBeGreaterThan(0)
  const children = ffmpegsOf(daemon.process.pid!)
  daemon.process.kill('SIGKILL')
  await daemon.ended
  await expect.poll(() => children.filter(isAlive)).toEqual([])
})

/** Processes below a daemon that run ffmpeg, in or out of a sandbox. */
function ffmpegsOf(pid: number): number[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
  const parents = new Map(all.map((one) => [one, parentOf(one)]))
  const isBelow = (one: number): boolean => (one === pid || (parents.get(one) ?? 0) > 1 ? one === pid || isBelow(parents.get(one)!) : false)
  return all.filter((one) => one !== pid && isBelow(one) && programOf(one).endsWith('ffmpeg'))
}

function parentOf(pid: number): number {
  try {
    return Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
  } catch {
    return 0
  }
}

function programOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/exe`)
  } catch {
    return ''
  }
}

const isAlive = (pid: number): boolean => programOf(pid).endsWith('ffmpeg')
