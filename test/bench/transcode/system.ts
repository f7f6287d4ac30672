/** The real Worker and real daemons, as benchmarks want them: daemons pinned to cores, started and ended at will. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { enrolmentCode, firstRun } from '../../../worker/embedded/firstRun.ts'
import { type Runtime, startRuntime } from '../../../worker/embedded/runtime.ts'
import { openState } from '../../../worker/embedded/state.ts'
import { descendantsOf } from '../../e2e/support/processes.ts'

const ROOT = process.cwd()

/** A line of the daemon's log. `time` in milliseconds since 1970. */
export interface LogLine {
  time: number
  msg: string
  kind?: string
}

export interface Daemon {
  process: ChildProcess
  log: LogLine[]
  stop(): Promise<void>
  /** Resolves when no job runs: of a deleted video's the daemon hears with its next heartbeat. */
  idle(): Promise<void>
  /** Most memory of the daemon and of what it runs together, of the daemon alone, and largest scratch on disk, since the last call; bytes. The first call begins to watch. */
  peak(): { memory: number; daemon: number; disk: number }
}

export interface Site {
  runtime: Runtime
  /** `cores` as taskset wants them; null for any. */
  daemon(cores: string | null): Promise<Daemon>
  /** Stores a file; resolves with its upload's id, all but complete. */
  upload(file: string): Promise<string>
  api(method: string, path: string, body?: unknown): Promise<Record<string, unknown>>
  stop(): Promise<void>
}

export async function startSite(folder: string): Promise<Site> {
  const state = openState(mkdtempSync(join(folder, 'site-')))
  const runtime = await startRuntime(ROOT, state, {})
  const url = runtime.url.origin
  const { apiKey } = (await firstRun(state, url)).facts!
  async function api(method: string, path: string, body?: unknown) {
    const init = { method, headers: { 'X-API-Key': apiKey }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }
    const answer = await insistently(() => fetch(`${url}/api/v1${path}`, init))
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
    return answer.status === 204 ? {} : ((await answer.json()) as Record<string, unknown>)
  }
  return {
    runtime,
    api,
    async upload(file) {
      const size = statSync(file).size
      const begun = await api('POST', '/upload/init', { filename: file.replace(/^.*\//, ''), size })
      const [id, chunk] = [String(begun.upload_id), Number(begun.chunk_size)]
      const handle = await open(file)
      try {
        for (let index = 0; index * chunk < size; index++) {
          const bytes = Buffer.alloc(Math.min(chunk, size - index * chunk))
          await handle.read(bytes, 0, bytes.length, index * chunk)
          const headers = { 'X-API-Key': apiKey, 'X-Upload-ID': id, 'X-Chunk-Index': String(index) }
          const answer = await insistently(() => fetch(`${url}/api/v1/upload/chunk`, { method: 'POST', body: bytes, headers }))
          if (!answer.ok) throw new Error(`chunk ${index}: ${answer.status} ${await answer.text()}`)
        }
      } finally {
        await handle.close()
      }
      return id
    },
    async daemon(cores) {
      const stateDir = mkdtempSync(join(folder, 'agent-'))
      const { accessKeyId, secretAccessKey } = state.secrets.s3
      const pinned = cores === null ? [] : ['taskset', '-c', cores]
      const [file, ...args] = [...pinned, process.execPath, join(ROOT, 'transcoder/src/main.ts')]
      const child = spawn(file as string, args, {
        stdio: ['pipe', 'pipe', 'inherit'],
        env: {
          PATH: process.env.PATH,
          AVOCET_URL: url,
          AVOCET_AGENT_STATE: stateDir,
          AVOCET_PARENT_PIPE: '1',
          AVOCET_S3_ENDPOINT: runtime.s3.endpoint,
          AVOCET_S3_BUCKET: runtime.s3.bucket,
          AVOCET_S3_ACCESS_KEY_ID: accessKeyId,
          AVOCET_S3_SECRET_ACCESS_KEY: secretAccessKey,
          AVOCET_ENROLMENT_CODE: await enrolmentCode(state, url),
        },
      })
      const log: LogLine[] = []
      await new Promise<void>((resolve, reject) => {
        createInterface(child.stdout).on('line', (line) => {
          const told = line.startsWith('{') ? (JSON.parse(line) as LogLine) : { time: Date.now(), msg: line }
          log.push(told)
          if (told.msg === 'registered') resolve()
        })
        child.once('exit', (code) => reject(new Error(`the daemon ended with ${code}: ${JSON.stringify(log.slice(-3))}`)))
      })
      let [memory, daemon, disk] = [0, 0, 0]
      let watch: NodeJS.Timeout | undefined
      const look = () => {
        const own = memoryOf(child.pid!)
        memory = Math.max(memory, descendantsOf(child.pid!).reduce((sum, pid) => sum + memoryOf(pid), own))
        daemon = Math.max(daemon, own)
        disk = Math.max(disk, bytesUnder(join(stateDir, 'scratch')))
      }
      return {
        process: child,
        log,
        async idle() {
          const count = (message: RegExp) => log.filter(({ msg }) => message.test(msg)).length
          while (count(/^job started$/) > count(/^job (done|dropped|released|failed|could not be reported)$/)) await new Promise((resolve) => setTimeout(resolve, 100))
        },
        peak() {
          watch ??= setInterval(look, 200)
          const seen = { memory, daemon, disk }
          memory = daemon = disk = 0
          return seen
        },
        async stop() {
          clearInterval(watch)
          child.kill('SIGTERM')
          await new Promise((resolve) => child.once('exit', resolve))
        },
      }
    },
    stop: () => runtime.stop(),
  }
}

/** workerd closes idle connections while fetch still means to use them: then it is asked once more. */
const insistently = (ask: () => Promise<Response>): Promise<Response> => ask().catch(ask)

/** Memory of a process, of what it shares its share only: programs run several times over are loaded once. */
function memoryOf(pid: number): number {
  try {
    return Number(/^Pss:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) * 1024
  } catch {
    return 0
  }
}

function bytesUnder(folder: string): number {
  try {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    return files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0)
  } catch {
    return 0
  }
}

/** Asks four times a second (five are allowed) until a video is as asked; the milliseconds since `from`. Throws when it failed, or after `limitMs`. */
export async function until(site: Site, id: string, from: number, limitMs: number, is: (video: Record<string, unknown>) => boolean, everyMs = 250): Promise<number> {
  for (;;) {
    const video = await site.api('GET', `/videos/${id}`)
    const took = performance.now() - from
    if (is(video)) return took
    if (video.status === 'failed' || took > limitMs) throw new Error(`not in time: ${JSON.stringify(video)}`)
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
}
