/** A server that is killed again and again, without warning, while it takes uploads and its host encodes: what it acknowledged is there. */
import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { fsck } from '../../worker/embedded/fsck.ts'
import { startSystem, type System } from './support/system.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const KILLS = Number(process.env.KILLS ?? 100)
/** How long the kills may take in all; what is left of them then is told, never skipped in silence. */
const LONGEST_MS = Number(process.env.KILLS_MINUTES ?? 5) * 60_000
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

const MIB = 1024 * 1024
/** Bytes that no two chunks share, behind the beginning of an MP4, which is what an upload is judged by. */
function bytesOf(chunk: number, seed: number): Buffer {
  const bytes = Buffer.alloc(5 * MIB)
  for (let at = 0; at < bytes.length; at += 32) createHash('sha256').update(`${seed} ${chunk} ${at >> 16}`).digest().copy(bytes, at)
  if (chunk === 0) Buffer.from('00000018667479706d703432000000006d70343269736f6d', 'hex').copy(bytes)
  return bytes
}

interface Upload {
  id: string
  /** Chunks the server said it has. */
  acknowledged: Set<number>
}

test(`of up to ${KILLS} kills at any moment of uploads and encodes, none loses an acknowledged byte, and each start goes well by itself`, async () => {
  const seed = Number(process.env.KILLS_SEED ?? Math.floor(Math.random() * 2 ** 31))
  console.log(`kills: seed ${seed}`)
  const random = randomOf(seed)
  const clip = join(folder, 'clip.mp4')
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', 'testsrc2=s=320x180:r=30:d=10', '-f', 'lavfi', '-i', 'sine=f=440:r=48000:d=10', '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac', clip])
  const CHUNKS = 40
  const uploads: Upload[] = []
  const videos = new Set<string>()
  const begun = Date.now()
  let kills = 0
  const chunks = Array.from({ length: 4 }, (_, index) => bytesOf(index, seed))
  const bodyOf = (index: number) => chunks[index % chunks.length] as Buffer

  for (; kills < KILLS && Date.now() - begun < LONGEST_MS; kills++) {
    // One host, every fourth time: encodes are cut off too, and have time to go on.
    system = await startSystem({ stateDir, transcoders: kills % 4 === 0 ? 1 : 0 })
    const { url, apiKey } = system
    const call = async (path: string, init: RequestInit = {}) => {
      const answer = await fetch(`${url}/api/v1${path}`, { ...init, headers: { 'X-API-Key': apiKey, ...(init.headers as Record<string, string>) } })
      if (!answer.ok && answer.status !== 429) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
      return answer.status === 429 ? null : ((await answer.json()) as Record<string, unknown>)
    }
    // What was acknowledged before is there now.
    for (const upload of uploads.slice(-2)) {
      const known = (await call(`/upload/${upload.id}`)) as { missing: number[]; missing_count: number } | null
      if (known) expect({ kills, lost: known.missing.filter((index) => upload.acknowledged.has(index)) }).toEqual({ kills, lost: [] })
    }
    for (const id of [...videos].slice(-3)) expect((await call(`/videos/${id}`))?.id ?? id).toBe(id)

    const dead = new Promise<void>((resolve) => system!.process.once('exit', () => resolve()))
    const work = busy(call).catch((error: unknown) => error)
    await new Promise((resolve) => setTimeout(resolve, 50 + random() * (kills % 4 === 0 ? 5_000 : 2_000)))
    system.process.kill('SIGKILL')
    await dead
    const failed = await work
    // What the kill cut off fails as a network does; a refusal in words would be the server's.
    if (failed instanceof Error) expect(failed.message).not.toMatch(/: [45]\d\d /)

    async function busy(ask: typeof call): Promise<void> {
      if (kills % 5 === 0) {
        const made = await ask(`/upload?filename=clip${kills}.mp4`, { method: 'POST', body: readFileSync(clip) })
        if (made) videos.add(String(made.video_id))
      }
      let upload = uploads.at(-1)
      if (!upload || upload.acknowledged.size === CHUNKS) {
        const opened = await ask('/upload/init', { method: 'POST', body: JSON.stringify({ filename: 'big.mp4', size: CHUNKS * 5 * MIB }) })
        if (!opened) return
        upload = { id: String(opened.upload_id), acknowledged: new Set() }
        uploads.push(upload)
      }
      const { id, acknowledged } = upload
      const left = Array.from({ length: CHUNKS }, (_, index) => index).filter((index) => !acknowledged.has(index))
      await Promise.all(
        Array.from({ length: 3 }, async () => {
          for (let index = left.shift(); index !== undefined; index = left.shift()) {
            const stored = await ask('/upload/chunk', { method: 'POST', body: new Uint8Array(bodyOf(index)), headers: { 'X-Upload-ID': id, 'X-Chunk-Index': String(index) } })
            if (stored) acknowledged.add(index)
          }
        }),
      )
    }
  }
  console.log(`kills: ${kills} of ${KILLS} in ${Math.round((Date.now() - begun) / 1000)} s; ${uploads.length} uploads, ${uploads.reduce((sum, one) => sum + one.acknowledged.size, 0)} chunks acknowledged, ${videos.size} videos`)
  expect(kills).toBeGreaterThanOrEqual(Math.min(KILLS, 8))

  // Every upload can be finished, and is then its chunks to the byte: the server compares what it kept with what it is sent again.
  system = await startSystem({ stateDir, transcoders: 1 })
  const { url, apiKey } = system
  const ask = (path: string, init: RequestInit = {}) => fetch(`${url}/api/v1${path}`, { ...init, headers: { 'X-API-Key': apiKey, ...(init.headers as Record<string, string>) } })
  const last = uploads.at(-1)!
  for (let index = 0; index < CHUNKS; index++) {
    const answer = await ask('/upload/chunk', { method: 'POST', body: new Uint8Array(bodyOf(index)), headers: { 'X-Upload-ID': last.id, 'X-Chunk-Index': String(index) } })
    const said = (await answer.json()) as { duplicate?: boolean; code?: string }
    expect([index, answer.status, said.duplicate]).toEqual([index, 200, last.acknowledged.has(index) ? true : said.duplicate])
  }
  expect((await ask('/upload/complete', { method: 'POST', body: JSON.stringify({ upload_id: last.id }) })).status).toBe(200)

  // Every video that was acknowledged becomes ready, and all its objects are there.
  for (const id of videos) {
    await expect.poll(async () => ((await (await ask(`/videos/${id}`)).json()) as { status: string }).status, { timeout: 240_000, interval: 1_000 }).toBe('ready')
  }
  const { OPERATOR_TOKEN } = JSON.parse(readFileSync(join(stateDir, 'secrets.json'), 'utf8')) as { OPERATOR_TOKEN: string }
  const looked = await fsck(url, OPERATOR_TOKEN)
  expect(looked.losses).toEqual([])
  expect(looked.encodes).toBeGreaterThanOrEqual(videos.size)
}, 1_800_000)

test('a backup is refused while the server runs; one of the stopped server, put back elsewhere, plays', async () => {
  const [copy, back] = [join(folder, 'copy'), join(folder, 'back')]
  const { url, apiKey } = system!
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
  await system!.stop()
  expect(await avocet(stateDir, 'backup', copy)).toMatchObject({ code: 0 })
  expect(await avocet(back, 'restore', copy)).toMatchObject({ code: 0 })
  expect(await avocet(back, 'fsck')).toMatchObject({ code: 0, said: expect.stringContaining('everything is there') })

  system = await startSystem({ stateDir: back, transcoders: 0 })
  const session = (await (await fetch(`${system.url}/api/stream/${data[0]!.embed_token}/token`, { method: 'POST', body: '{}' })).json()) as { master_m3u8: string }
  const frames = execFileSync('ffprobe', ['-v', 'error', '-count_frames', '-select_streams', 'v:0', '-show_entries', 'stream=nb_read_frames', '-of', 'csv=p=0', new URL(session.master_m3u8, system.url).href], { encoding: 'utf8' })
  expect(Number.parseInt(frames, 10)).toBe(300)
}, 300_000)
