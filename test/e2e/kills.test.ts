/** A server that is killed again and again, without warning, while it takes uploads and its host encodes: what it acknowledged is there. */
import { execFileSync, spawn } from 'node:child_process'
import { createHash, randomFillSync } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import type { AssetId } from '../../shared/src/ids.ts'
import { sourceKey } from '../../shared/src/objectKeys.ts'
import { fsck } from '../../worker/embedded/fsck.ts'
import { startRuntime } from '../../worker/embedded/runtime.ts'
import { openState } from '../../worker/embedded/state.ts'
import { startSystem, type System } from './support/system.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
/** Kills of one run. All hundred of docs/operations/recovery.md: AVOCET_KILLS=100. */
const KILLS = Number(process.env.AVOCET_KILLS ?? 16)
const folder = mkdtempSync(join(tmpdir(), 'avocet-kills-'))
const stateDir = join(folder, 'state')
let system: System | null = null
afterAll(async () => {
  await system?.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** The same numbers for the same seed: a failure can be run again. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

const CHUNK_BYTES = 5 * 1024 * 1024
const BIG_CHUNKS = 6
const SECONDS = 3
/** So many of each a round, that the last upload is not yet whole when the kill comes. */
const [MOST_CHUNKS, MOST_SMALL] = [3, 6]

interface Upload {
  id: string
  bytes: Buffer
  /** Chunks the server said it has. */
  acknowledged: Set<number>
  /** Its video, once the server said it is whole. */
  videoId: string | null
}

/** Bytes no other upload has: a clip that plays, and behind it a box that players pass over (ISO/IEC 14496-12, 8.1.2). */
function bytesOf(clip: Buffer, length: number, name: string): Buffer {
  const filler = randomFillSync(Buffer.alloc(length - clip.length))
  filler.writeUInt32BE(filler.length, 0)
  filler.write(`free${name}`, 4)
  return Buffer.concat([clip, filler])
}
const chunkOf = ({ bytes }: Upload, index: number) => new Uint8Array(bytes.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES))
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** A start that is cut off too. */
async function dieStarting(afterMs: number): Promise<void> {
  const child = spawn(process.execPath, [join(ROOT, 'worker', 'embedded', 'start.ts')], { env: { ...process.env, PORT: '0', AVOCET_SAMPLE: '0', AVOCET_TRANSCODERS: '0', AVOCET_STATE_DIR: stateDir }, stdio: 'ignore' })
  const dead = once(child, 'exit')
  await new Promise((resolve) => setTimeout(resolve, afterMs))
  child.kill('SIGKILL')
  await dead
}

test(`of ${KILLS} kills at any moment of uploads, encodes and starts none loses an acknowledged byte, and each start goes well by itself`, async () => {
  const seed = Number(process.env.KILLS_SEED ?? Math.floor(Math.random() * 2 ** 31))
  const random = randomOf(seed)
  const file = join(folder, 'clip.mp4')
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', `testsrc2=s=320x180:r=30:d=${SECONDS}`, '-f', 'lavfi', '-i', `sine=f=440:r=48000:d=${SECONDS}`, '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-movflags', '+faststart', file])
  const clip = readFileSync(file)
  const [big, small]: [Upload[], Upload[]] = [[], []]
  const begun = Date.now()
  const slowest = { startMs: 0 }

  for (let kills = 0; kills < KILLS; kills++) {
    if (kills % 6 === 5) {
      await dieStarting(200 + random() * 4_000)
      continue
    }
    // A host, every fourth time: encodes are cut off too, and have time to go on.
    const starting = Date.now()
    system = await startSystem({ stateDir, transcoders: kills % 4 === 0 ? 1 : 0 })
    slowest.startMs = Math.max(slowest.startMs, Date.now() - starting)
    const ask = callerOf(system)
    // What was acknowledged before is there now.
    for (const upload of [...big.slice(-2), ...small.slice(-MOST_SMALL)]) await demandKept(ask, upload, { seed, kills })

    const dead = once(system.process, 'exit')
    const work = Promise.all([sendBig(ask), sendSmall(ask, kills)]).catch((error: unknown) => error)
    await new Promise((resolve) => setTimeout(resolve, 50 + random() * (kills % 4 === 0 ? 4_000 : 1_500)))
    system.process.kill('SIGKILL')
    await dead
    const failed = await work
    // What the kill cut off fails as a network does; a refusal in words would be the server's.
    if (failed instanceof Error) expect(failed.message).not.toMatch(/: [45]\d\d /)
  }

  async function open(ask: Ask, filename: string, bytes: Buffer): Promise<Upload | null> {
    const opened = await ask('/upload/init', { method: 'POST', body: JSON.stringify({ filename, size: bytes.length }) })
    return opened && { id: String(opened.upload_id), bytes, acknowledged: new Set(), videoId: null }
  }
  async function sendBig(ask: Ask): Promise<void> {
    let upload = big.at(-1)
    if (!upload || upload.videoId) {
      const opened = await open(ask, 'big.mp4', bytesOf(clip, BIG_CHUNKS * CHUNK_BYTES, `big ${big.length}`))
      if (!opened) return
      big.push(opened)
      upload = opened
    }
    const { acknowledged } = upload
    const left = Array.from({ length: BIG_CHUNKS }, (_, index) => index).filter((index) => !acknowledged.has(index))
    await Promise.all(left.slice(0, MOST_CHUNKS).map((index) => sendChunk(ask, upload, index)))
    if (upload.acknowledged.size === BIG_CHUNKS) await complete(ask, upload)
  }
  async function sendSmall(ask: Ask, kills: number): Promise<void> {
    for (let sent = 0; sent < MOST_SMALL; sent++) {
      const upload = await open(ask, 'small.mp4', bytesOf(clip, clip.length + 1_000, `small ${kills} ${sent}`))
      if (!upload) return
      small.push(upload)
      await sendChunk(ask, upload, 0)
    }
  }

  // Every upload can be finished: what is missing is sent, and nothing else is asked for.
  system = await startSystem({ stateDir, transcoders: 1 })
  const ask = callerOf(system, true)
  for (const upload of [...big, ...small]) {
    await demandKept(ask, upload, { seed, kills: KILLS })
    for (let index = 0; index < upload.bytes.length / CHUNK_BYTES; index++) if (!upload.acknowledged.has(index)) await sendChunk(ask, upload, index)
    if (upload.acknowledged.size > 0 && big.includes(upload)) await complete(ask, upload)
  }
  for (const { videoId } of big) await expect.poll(async () => (await ask(`/videos/${videoId}`))?.status, { timeout: 600_000, interval: 1_000 }).toBe('ready')
  const { OPERATOR_TOKEN } = JSON.parse(readFileSync(join(stateDir, 'secrets.json'), 'utf8')) as { OPERATOR_TOKEN: string }
  const looked = await fsck(system.url, OPERATOR_TOKEN)
  expect([looked.losses, looked.encodes]).toEqual([[], big.length])
  // The small ones are joined with no host about, that nothing is made of them.
  await system.stop()
  system = await startSystem({ stateDir, transcoders: 0 })
  const last = callerOf(system, true)
  for (const upload of small) await complete(last, upload)
  await system.stop()
  system = null

  // And each is its source to the byte.
  const state = openState(stateDir)
  const runtime = await startRuntime(ROOT, state, {})
  try {
    const { database, bucket } = (await runtime.storage()) as { database: Database; bucket: Bucket }
    for (const { id, bytes } of [...big, ...small]) {
      const row = await database.prepare('SELECT asset_id FROM uploads WHERE id = ?').bind(id).first()
      const object = row && (await bucket.get(sourceKey(row.asset_id)))
      expect([id, object && sha256(new Uint8Array(await object.arrayBuffer()))]).toEqual([id, sha256(bytes)])
    }
  } finally {
    await runtime.stop()
    state.unlock()
  }
  const acknowledged = [...big, ...small].reduce((sum, one) => sum + one.acknowledged.size, 0)
  console.log(`kills: ${KILLS} (seed ${seed}) in ${Math.round((Date.now() - begun) / 1000)} s, slowest start ${slowest.startMs} ms; ${big.length} large and ${small.length} small uploads, ${acknowledged} chunks acknowledged, none lost`)
  expect(small.length).toBeGreaterThan(0)
}, 300_000 + KILLS * 60_000)

type Ask = (path: string, init?: RequestInit) => Promise<Record<string, unknown> | null>
interface Database {
  prepare(sql: string): { bind(...values: unknown[]): { first(): Promise<{ asset_id: AssetId } | null> } }
}
interface Bucket {
  get(key: string): Promise<{ arrayBuffer(): Promise<ArrayBuffer> } | null>
}

/** Calls the API; null where it says that it was asked too often, unless the caller has the patience to ask again. */
function callerOf({ url, apiKey }: System, patient = false): Ask {
  return async function ask(path, init = {}) {
    const answer = await fetch(`${url}/api/v1${path}`, { ...init, headers: { 'X-API-Key': apiKey, ...(init.headers as Record<string, string>) } })
    if (answer.status === 429 && patient) {
      await new Promise((resolve) => setTimeout(resolve, 1_000 * Number(answer.headers.get('Retry-After') ?? 1)))
      return ask(path, init)
    }
    if (!answer.ok && answer.status !== 429) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return answer.status === 429 ? null : ((await answer.json()) as Record<string, unknown>)
  }
}

async function sendChunk(ask: Ask, upload: Upload, index: number): Promise<void> {
  const stored = await ask('/upload/chunk', { method: 'POST', body: chunkOf(upload, index), headers: { 'X-Upload-ID': upload.id, 'X-Chunk-Index': String(index) } })
  if (stored) upload.acknowledged.add(index)
}

async function complete(ask: Ask, upload: Upload): Promise<void> {
  const whole = await ask('/upload/complete', { method: 'POST', body: JSON.stringify({ upload_id: upload.id }) })
  if (whole) upload.videoId = String(whole.video_id)
}

async function demandKept(ask: Ask, { id, acknowledged, videoId }: Upload, when: object): Promise<void> {
  const known = await ask(`/upload/${id}`)
  if (!known) return
  const missing = (known.missing as number[] | undefined) ?? []
  expect({ ...when, id, lost: missing.filter((index) => acknowledged.has(index)) }).toEqual({ ...when, id, lost: [] })
  if (videoId) expect((await ask(`/videos/${videoId}`))?.id ?? videoId).toBe(videoId)
}

test('a backup is refused while the server runs; one of the stopped server, put back elsewhere, plays', async () => {
  const [copy, back] = [join(folder, 'copy'), join(folder, 'back')]
  system = await startSystem({ stateDir, transcoders: 0 })
  const { url, apiKey } = system
  const { data } = (await (await fetch(`${url}/api/v1/videos?status=ready`, { headers: { 'X-API-Key': apiKey } })).json()) as { data: { id: string; embed_token: string }[] }
  const avocet = (state: string, ...args: string[]) =>
    new Promise<{ code: number | null; said: string }>((resolve) => {
      const child = spawn(process.execPath, [join(ROOT, 'worker', 'embedded', 'avocet.ts'), ...args], { env: { ...process.env, AVOCET_STATE_DIR: state } })
      let said = ''
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => (said += bytes))
      child.on('close', (code) => resolve({ code, said }))
    })
  expect(await avocet(stateDir, 'backup', copy)).toMatchObject({ code: 1, said: expect.stringContaining('uses this state folder') })
  expect(await avocet(stateDir, 'fsck')).toMatchObject({ code: 0, said: expect.stringContaining('everything is there') })
  await system.stop()
  expect(await avocet(stateDir, 'backup', copy)).toMatchObject({ code: 0 })
  expect(await avocet(back, 'restore', copy)).toMatchObject({ code: 0 })
  expect(await avocet(back, 'fsck')).toMatchObject({ code: 0, said: expect.stringContaining('everything is there') })

  system = await startSystem({ stateDir: back, transcoders: 0 })
  const session = (await (await fetch(`${system.url}/api/stream/${data[0]!.embed_token}/token`, { method: 'POST', body: '{}' })).json()) as { master_m3u8: string }
  const frames = execFileSync('ffprobe', ['-v', 'error', '-count_frames', '-select_streams', 'v:0', '-show_entries', 'stream=nb_read_frames', '-of', 'csv=p=0', new URL(session.master_m3u8, system.url).href], { encoding: 'utf8' })
  expect(Number.parseInt(frames, 10)).toBe(30 * SECONDS)
}, 300_000)
