/** What holds whenever the fault is over (reliability: I1 to I5). */
import { createHash } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { expect } from 'vitest'
import type { ChunkManifest, EncodePlan } from '../../../shared/src/encode.ts'
import { committedRendition } from '../../../worker/src/domain/encodes/committed.ts'
import { initKey, segmentKey } from '../../../shared/src/objectKeys.ts'
import type { Chunk } from '../../../worker/src/domain/encodes/encode.ts'
import type { Daemon } from './daemon.ts'
import type { Site } from './site.ts'

export interface Claims {
  /** How each video must have ended. */
  videos: Record<string, 'ready' | 'failed' | 'deleted'>
  daemons?: readonly Daemon[]
  /** Terminal events a video may have, where it was encoded more than once. */
  events?: number
  seconds?: number
}

let verdict: Record<string, unknown> = {}
/** The last verdict, by invariant. */
export const lastVerdict = () => verdict

/** Waits until nothing is under way, then demands I1 to I5. */
export async function expectInvariants(site: Site, { videos, daemons = [], events = 1, seconds = 60 }: Claims): Promise<void> {
  const alive = () => site.sql(`SELECT kind, stream, chunk_index, state, epoch, attempts, error FROM jobs WHERE state IN ('queued', 'leased')`)
  await expect.poll(alive, { timeout: seconds * 1000, interval: 300, message: 'I1: every job ends' }).toEqual([])
  await collectGarbage(site, seconds)
  const scratch = () => daemons.flatMap((daemon) => daemon.scratch())
  // A dropped job's files go after its ffmpeg has.
  for (let look = 0; look < 50 && scratch().length > 0; look++) await setTimeout(200)
  const ids = Object.keys(videos)
  verdict = {
    I1: { alive: await alive(), states: await unlike(site, videos) },
    I2: (await Promise.all(ids.filter((id) => videos[id] === 'ready').map((id) => broken(site, id)))).flat(),
    I3: (await Promise.all(ids.map((id) => wrongEvents(site, id, videos[id] === 'deleted' ? 0 : events)))).flat(),
    I4: { objects: await unreferenced(site), scratch: scratch() },
    I5: (await Promise.all(ids.filter((id) => videos[id] === 'ready').map((id) => unplayable(site, id)))).flat(),
  }
  expect(verdict).toEqual({ I1: { alive: [], states: [] }, I2: [], I3: [], I4: { objects: [], scratch: [] }, I5: [] })
}

async function unlike(site: Site, videos: Claims['videos']): Promise<string[]> {
  const rows = await site.sql('SELECT id, status, deleted_at FROM videos')
  return Object.entries(videos).flatMap(([id, wanted]) => {
    const row = rows.find((one) => one.id === id)
    const is = !row || row.deleted_at !== null ? 'deleted' : String(row.status)
    return is === wanted ? [] : [`${id} is ${is}, not ${wanted}`]
  })
}

interface Published {
  encodeId: string
  plan: EncodePlan
  chunks: Chunk[]
}

async function publishedOf(site: Site, videoId: string): Promise<Published | null> {
  const [encode] = await site.sql('SELECT e.id, e.plan FROM videos v JOIN assets a ON a.id = v.asset_id JOIN encodes e ON e.id = a.current_encode_id WHERE v.id = ?', videoId)
  if (!encode) return null
  return { encodeId: String(encode.id), plan: JSON.parse(String(encode.plan)) as EncodePlan, chunks: await chunksOf(site, String(encode.id)) }
}

async function chunksOf(site: Site, encodeId: string): Promise<Chunk[]> {
  const rows = await site.sql('SELECT * FROM chunks WHERE encode_id = ?', encodeId)
  return rows.map((row) => ({
    encodeId: encodeId as Chunk['encodeId'],
    stream: String(row.stream),
    chunkIndex: Number(row.chunk_index),
    epoch: Number(row.epoch),
    complete: row.complete === 1,
    manifest: JSON.parse(String(row.manifest)) as ChunkManifest,
  }))
}

/** I2: each rendition of the plan is whole, and each of its objects is there with the bytes the manifest tells of. */
async function broken(site: Site, videoId: string): Promise<string[]> {
  const published = await publishedOf(site, videoId)
  if (!published) return [`${videoId}: nothing is published`]
  const { plan, chunks, encodeId } = published
  const found: string[] = []
  for (const { name } of [...plan.video, ...plan.audio]) {
    const rendition = committedRendition(plan, chunks, name)
    if (!rendition?.complete) {
      found.push(`${encodeId} ${name} is not complete`)
      continue
    }
    const inits = new Set(chunks.flatMap(({ manifest }) => manifest.renditions[name]?.initSha256 ?? []))
    if (inits.size !== 1 || !inits.has(await digestOf(site, initKey(encodeId as never, name)))) found.push(`${encodeId} ${name} has another init segment`)
    for (const { chunk, epoch, index, sha256 } of rendition.segments) {
      const key = segmentKey(encodeId as never, name, chunk, epoch, index)
      if ((await digestOf(site, key)) !== sha256) found.push(`${key} is missing or has other bytes`)
    }
  }
  return found
}

async function digestOf(site: Site, key: string): Promise<string> {
  const object = await site.bucket.get(key)
  return object ? createHash('sha256').update(Buffer.from(await object.arrayBuffer())).digest('hex') : ''
}

/** I3: as many terminal events as encodes that ended. */
async function wrongEvents(site: Site, videoId: string, wanted: number): Promise<string[]> {
  const rows = await site.sql(`SELECT type FROM events WHERE video_id = ? AND type IN ('video.encoded', 'video.failed')`, videoId)
  return rows.length === wanted ? [] : [`${videoId}: ${rows.length} terminal events, not ${wanted}: ${rows.map(({ type }) => type)}`]
}

/** I4: keys nobody refers to. What failed keeps what it has, for it can be tried again. */
async function unreferenced(site: Site): Promise<string[]> {
  const referenced = new Set<string>()
  for (const row of await site.sql('SELECT id, plan, images FROM encodes')) {
    for (const { chunkIndex, epoch, manifest } of await chunksOf(site, String(row.id))) {
      for (const [name, { segments }] of Object.entries(manifest.renditions)) {
        referenced.add(`vod/${row.id}/${name}/init.mp4`)
        segments.forEach((_, index) => void referenced.add(`vod/${row.id}/${name}/${chunkIndex}-${epoch}-${index}.m4s`))
      }
    }
    const images = row.images === null ? null : (JSON.parse(String(row.images)) as { epoch: number })
    if (images) referenced.add(`vod/${row.id}/images/${images.epoch}-`)
  }
  for (const { id } of await site.sql('SELECT id FROM assets')) referenced.add(`src/${id}/source`)
  const keys = [...(await keysUnder(site, 'vod/')), ...(await keysUnder(site, 'src/'))]
  return keys.filter((key) => !referenced.has(key) && !referenced.has(key.replace(/(?:poster|storyboard-\d+)\.jpg$/, '')))
}

async function keysUnder(site: Site, prefix: string): Promise<string[]> {
  const keys: string[] = []
  for (let cursor: string | undefined; ; ) {
    const page = await site.bucket.list({ prefix, ...(cursor ? { cursor } : {}) })
    keys.push(...page.objects.map(({ key }) => key))
    if (!page.truncated) return keys
    cursor = page.cursor
  }
}

/** I5: the page's own way to the master playlist, the first media playlist and its first segment. */
async function unplayable(site: Site, videoId: string): Promise<string[]> {
  try {
    const { embed_token: token } = await site.api('GET', `/videos/${videoId}`)
    const session = (await (await fetch(`${site.url.origin}/api/stream/${token}/token`)).json()) as { master_m3u8: string }
    const master = new URL(session.master_m3u8, site.url)
    const media = new URL(firstUri(await textOf(master)), master)
    const playlist = await textOf(media)
    const segment = new URL(firstUri(playlist), media)
    const answer = await fetch(segment)
    return answer.ok && playlist.includes('#EXT-X-ENDLIST') ? [] : [`${videoId}: ${segment.pathname} answers ${answer.status}`]
  } catch (error) {
    return [`${videoId}: ${error}`]
  }
}

const firstUri = (playlist: string): string => playlist.split('\n').find((line) => line !== '' && !line.startsWith('#')) ?? ''

async function textOf(url: URL): Promise<string> {
  const answer = await fetch(url)
  if (!answer.ok) throw new Error(`${url.pathname}: ${answer.status}`)
  return answer.text()
}

/** Lets the Janitor believe that a long time has passed since what ended so long ago. */
export async function letTimePass(site: Site, sinceMs = 0): Promise<void> {
  const hour = 3_600_000
  for (const [table, column] of [['jobs', 'finished_at'], ['videos', 'deleted_at']]) {
    await site.sql(`UPDATE ${table} SET ${column} = ${column} - ? WHERE ${column} BETWEEN ? AND ?`, hour, Date.now() - hour, Date.now() - sinceMs)
  }
}

async function collectGarbage(site: Site, seconds: number): Promise<void> {
  await letTimePass(site)
  const left = () => site.sql(`SELECT id FROM encodes WHERE cleaned_at IS NULL AND state IN ('ready', 'failed') UNION SELECT id FROM videos WHERE deleted_at IS NOT NULL`)
  await expect.poll(left, { timeout: seconds * 1000, interval: 300, message: 'garbage is collected' }).toEqual([])
}
