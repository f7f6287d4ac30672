/** The real Worker with its database and bucket in sight, and an account to upload with. Leases are short, so that what waits for their end ends soon. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { enrolmentCode, firstRun } from '../../../worker/embedded/firstRun.ts'
import { startRuntime } from '../../../worker/embedded/runtime.ts'
import { openState, type State } from '../../../worker/embedded/state.ts'
import { type Daemon, type DaemonOptions, startDaemon } from './daemon.ts'

/** A dead host's work is elsewhere after a lease and a round of the Janitor: 45 + 10 s in life, 6 + 1.5 s here. */
export const LEASE_SECONDS = 6

export interface Bucket {
  list(options: { prefix: string; cursor?: string }): Promise<{ objects: { key: string }[]; truncated: boolean; cursor?: string }>
  get(key: string): Promise<{ arrayBuffer(): Promise<ArrayBuffer> } | null>
}
interface Database {
  prepare(sql: string): { bind(...values: unknown[]): { all(): Promise<{ results: unknown[] }> } }
}
type Row = Record<string, string | number | null>

export interface Site {
  url: URL
  s3: { endpoint: string; bucket: string }
  state: State
  folder: string
  bucket: Bucket
  api(method: string, path: string, body?: unknown): Promise<Record<string, unknown>>
  /** Uploads a file; the id of its video. */
  upload(file: string): Promise<string>
  sql(query: string, ...values: unknown[]): Promise<Row[]>
  /** Jobs of a video's encodes, oldest encode first. */
  jobs(videoId: string): Promise<Row[]>
  /** Waits for a video's status. */
  becomes(videoId: string, status: string, seconds?: number): Promise<void>
  enrolmentCode(): Promise<string>
  /** Starts a host and waits until it is registered, unless told not to. Hosts that still run at the end are killed. */
  daemon(options?: DaemonOptions): Promise<Daemon>
  /** Kills the hosts of the last test. */
  clear(): Promise<void>
  stop(): Promise<void>
}

const ROOT = process.cwd()

export async function startSite(variables: Record<string, string> = {}): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), 'avf-'))
  const state = openState(join(folder, 'server'))
  const runtime = await startRuntime(ROOT, state, { JOB_LEASE_SECONDS: String(LEASE_SECONDS), ...variables })
  const { url, s3 } = runtime
  const { apiKey } = (await firstRun(state, url.origin)).facts!
  const { database, bucket } = (await runtime.storage()) as { database: Database; bucket: Bucket }
  const daemons = new Set<Daemon>()
  const sql: Site['sql'] = async (query, ...values) => (await database.prepare(query).bind(...values).all()).results as Row[]

  async function api(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const sent = body === undefined ? {} : { body: body instanceof Uint8Array ? (body as BodyInit) : JSON.stringify(body) }
    const ask = () => fetch(`${url.origin}/api/v1${path}`, { method, headers: { 'X-API-Key': apiKey, ...headers }, ...sent })
    // workerd closes idle connections while fetch still means to use them: then it is asked once more.
    const answer = await ask().catch(ask)
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
    return answer.status === 204 ? {} : ((await answer.json()) as Record<string, unknown>)
  }

  const site: Site = {
    url,
    s3,
    state,
    folder,
    bucket,
    sql,
    api,
    async upload(file) {
      const bytes = readFileSync(file)
      const begun = await api('POST', '/upload/init', { filename: file.replace(/^.*\//, ''), size: bytes.length })
      const [id, size] = [String(begun.upload_id), Number(begun.chunk_size)]
      for (let index = 0; index * size < bytes.length; index++) {
        await api('POST', '/upload/chunk', bytes.subarray(index * size, (index + 1) * size), { 'X-Upload-ID': id, 'X-Chunk-Index': String(index) })
      }
      return String((await api('POST', '/upload/complete', { upload_id: id })).video_id)
    },
    jobs: (videoId) =>
      sql('SELECT j.* FROM jobs j JOIN encodes e ON e.id = j.encode_id JOIN videos v ON v.asset_id = e.asset_id WHERE v.id = ? ORDER BY e.id, j.id', videoId),
    becomes: (videoId, status, seconds = 60) =>
      expect.poll(async () => (await sql('SELECT status FROM videos WHERE id = ?', videoId))[0]?.status, { timeout: seconds * 1000, interval: 150 }).toBe(status),
    enrolmentCode: () => enrolmentCode(state, url.origin),
    async daemon(options = {}) {
      const daemon = await startDaemon(site, options)
      daemons.add(daemon)
      if (options.wait !== false && options.stdout === undefined) await daemon.logged({ msg: 'registered' })
      return daemon
    },
    async clear() {
      for (const daemon of daemons) await daemon.kill()
      daemons.clear()
      // Claims of the dead wait on: of another boot, they end at their next look.
      await sql(`UPDATE agents SET boot_id = 'none-' || id, last_seen_at = 0`)
    },
    async stop() {
      await site.clear()
      await runtime.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  // Tests ask more often than an account may.
  await sql(`UPDATE api_keys SET rate_limits = '{"read":6000,"write":6000,"upload":6000,"stats":6000}'`)
  return site
}

/** A clip made by ffmpeg's own sources, kept for the run. */
export function clip(site: Site, name: string, ...args: string[]): string {
  const file = join(site.folder, name)
  execFileSync('ffmpeg', ['-v', 'error', '-y', ...args, file])
  return file
}

/** So many seconds of a small moving picture with sound: two pieces of picture from 5 s on. */
export const small = (site: Site, seconds = 9): string =>
  clip(site, `small-${seconds}.mp4`, '-f', 'lavfi', '-i', `testsrc2=s=160x90:r=10:d=${seconds}`, '-f', 'lavfi', '-i', `sine=f=440:r=48000:d=${seconds}`, '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-shortest')
