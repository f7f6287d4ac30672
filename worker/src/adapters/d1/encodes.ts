import { and, asc, desc, eq, getTableColumns, inArray, isNotNull, isNull, lt, ne, or, sql } from 'drizzle-orm'
import type { Asset } from '../../domain/assets/asset.ts'
import type { EncodeStore } from '../../domain/fleet.ts'
import type { EncodeId, VideoId } from '@avocet/shared/ids'
import { outlineOf } from '../../domain/encodes/committed.ts'
import type { Chunk, Encode } from '../../domain/encodes/encode.ts'
import { Remembered } from '../remembered.ts'
import { assets, chunks, encodes, jobs, videos } from './schema.ts'
import { type Db, guarded, write } from './write.ts'

/** What one isolate remembers: so many segments of ready encodes (about 30 MB), which never change, so many encodes and videos. */
const SEGMENTS_REMEMBERED = 200_000
/** So many chunks of plans that are being carried out (about 5 MB). */
const PLANNED_REMEMBERED = 50_000
const OPEN_REMEMBERED = 5_000
/** How long an isolate trusts that unencrypted segments may be fetched by anyone. */
const PUBLIC_TRUSTED_MS = 60_000
/** How long it trusts that a video plays what it played. */
const PLAYING_TRUSTED_MS = 60_000

export function encodeStore(db: Db, now: () => number): EncodeStore {
  const ready = new Remembered<EncodeId, { encode: Encode; chunks: Chunk[] }>(SEGMENTS_REMEMBERED, ({ chunks }) => 1 + segmentsIn(chunks))
  const inWork = new Remembered<EncodeId, { encode: Encode; asset: Pick<Asset, 'id' | 'sizeBytes' | 'inParts'> }>(PLANNED_REMEMBERED, ({ encode }) => 1 + (encode.plan?.chunks.length ?? 0))
  const open = new Remembered<EncodeId, { openness: 'encrypted' | 'public' | null; until: number }>(OPEN_REMEMBERED)
  const played = new Remembered<VideoId, { id: EncodeId; at: number }>(OPEN_REMEMBERED)
  const find = async (id: EncodeId) => (await db.select().from(encodes).where(eq(encodes.id, id)).get()) ?? null
  const { outline, ...whole } = getTableColumns(chunks)
  const chunksOf = (id: EncodeId) => db.select(whole).from(chunks).where(eq(chunks.encodeId, id)).orderBy(asc(chunks.stream), asc(chunks.chunkIndex))
  return {
    find,
    async atVersion(id, version) {
      const known = inWork.get(id)
      if (known && known.encode.version === version) return known
      const asset = { id: assets.id, sizeBytes: assets.sizeBytes, inParts: assets.inParts }
      const row = await db.select({ encode: encodes, asset }).from(encodes).innerJoin(assets, eq(assets.id, encodes.assetId)).where(eq(encodes.id, id)).get()
      if (!row) return null
      if (row.encode.state === 'encoding') inWork.set(id, row)
      return row
    },
    chunks: chunksOf,
    outlines: (id) =>
      db.select({ stream: chunks.stream, chunkIndex: chunks.chunkIndex, complete: chunks.complete, outline }).from(chunks).where(eq(chunks.encodeId, id)),
    standing(id, without) {
      const others = and(eq(chunks.encodeId, id), or(ne(chunks.stream, without.stream), ne(chunks.chunkIndex, without.chunkIndex)))
      const places = { stream: chunks.stream, chunks: sql<number[]>`json_group_array(${chunks.chunkIndex})`.mapWith(JSON.parse).as('places'), first: sql<number>`min(${chunks.chunkIndex})`.as('first') }
      const begun = db.select(places).from(chunks).where(others).groupBy(chunks.stream).as('begun')
      // A join would have SQLite read every row of the encode.
      const ofFirst = sql`(SELECT c.outline FROM chunks c WHERE c.encode_id = ${id} AND c.stream = begun.stream AND c.chunk_index = begun.first)`
      return db.select({ stream: begun.stream, chunks: begun.chunks, outline: ofFirst.mapWith(chunks.outline) }).from(begun)
    },
    async playing(videoId) {
      const at = now()
      const known = played.get(videoId)
      if (known && known.at > at - PLAYING_TRUSTED_MS) return known.id
      const wanted = and(eq(videos.id, videoId), isNull(videos.deletedAt))
      const row = await db.select({ id: assets.currentEncodeId }).from(videos).innerJoin(assets, eq(assets.id, videos.assetId)).where(wanted).get()
      const id = row?.id ?? null
      if (id) played.set(videoId, { id, at })
      return id
    },
    async committed(id) {
      const known = ready.get(id)
      if (known) return known
      const [encode, committed] = await Promise.all([find(id), chunksOf(id)])
      if (!encode) return null
      if (encode.state === 'ready') ready.set(id, { encode, chunks: committed })
      return { encode, chunks: committed }
    },
    async openness(id) {
      const at = now()
      const known = open.get(id)
      if (known && known.until > at) return known.openness
      const row = await db
        .select({ state: encodes.state, encryption: encodes.encryption, public: sql<number>`EXISTS (SELECT 1 FROM videos v WHERE v.asset_id = ${encodes.assetId} AND v.visibility = 'public' AND v.allowed_domains = '[]' AND v.deleted_at IS NULL)` })
        .from(encodes)
        .where(eq(encodes.id, id))
        .get()
      // The plan decides; before it there is nothing to fetch, and nothing to remember.
      if (!row || row.state === 'planning') return null
      const openness = row.encryption !== 'none' ? 'encrypted' : row.public ? 'public' : null
      open.set(id, { openness, until: openness === 'encrypted' ? Number.POSITIVE_INFINITY : at + PUBLIC_TRUSTED_MS })
      return openness
    },
    listByAsset: (assetId) => db.select().from(encodes).where(eq(encodes.assetId, assetId)).orderBy(desc(encodes.id)),
    listUncleaned: (before, limit) =>
      db
        .select()
        .from(encodes)
        .where(
          and(
            isNull(encodes.cleanedAt),
            inArray(encodes.state, ['ready', 'failed']),
            // Images are made after the end, and hosts of cancelled work write until they hear of it.
            sql`NOT EXISTS (SELECT 1 FROM jobs j WHERE j.encode_id = ${encodes.id} AND (j.finished_at IS NULL OR j.finished_at > ${before}))`,
          ),
        )
        .orderBy(asc(encodes.createdAt))
        .limit(limit),
    cleaned: (id, at) => write(db.update(encodes).set({ cleanedAt: at }).where(eq(encodes.id, id))),
    listReplaced: (before, limit) =>
      db
        .select(getTableColumns(encodes))
        .from(encodes)
        .innerJoin(assets, eq(assets.id, encodes.assetId))
        .where(
          and(
            inArray(encodes.state, ['ready', 'failed']),
            lt(encodes.createdAt, before),
            isNotNull(assets.currentEncodeId),
            sql`(SELECT c.ready_at FROM encodes c WHERE c.id = ${assets.currentEncodeId}) < ${before}`,
            ne(assets.currentEncodeId, encodes.id),
          ),
        )
        .limit(limit),
    remove: (id) =>
      write(
        db.delete(chunks).where(eq(chunks.encodeId, id)),
        db.delete(jobs).where(eq(jobs.encodeId, id)),
        db.delete(encodes).where(eq(encodes.id, id)),
      ),
    add: (encode) => write(db.insert(encodes).values(encode)),
    save: (encode) =>
      guarded(
        db,
        db
          .update(encodes)
          .set({ ...encode, cleanedAt: null, version: encode.version + 1 })
          .where(and(eq(encodes.id, encode.id), eq(encodes.version, encode.version))),
      ),
    dropUnwantedDownloads(assetId, at) {
      const unwanted = sql`NOT EXISTS (SELECT 1 FROM videos v WHERE v.asset_id = ${assetId} AND v.downloadable = 1 AND v.deleted_at IS NULL)`
      const work = and(eq(jobs.kind, 'download'), sql`${jobs.encodeId} IN (SELECT e.id FROM encodes e WHERE e.asset_id = ${assetId})`, unwanted)
      return write(
        db
          .update(encodes)
          .set({ download: null, cleanedAt: null, version: sql`${encodes.version} + 1` })
          .where(and(eq(encodes.assetId, assetId), isNotNull(encodes.download), unwanted)),
        db.delete(jobs).where(and(eq(jobs.state, 'queued'), work)),
        db.update(jobs).set({ state: 'cancelled', finishedAt: at, leaseUntil: null }).where(and(eq(jobs.state, 'leased'), work)),
      )
    },
    noteProgress: (id, progress, { stream, fewerThan }) =>
      guarded(
        db,
        db
          .update(encodes)
          .set({ progress: sql`max(${encodes.progress}, ${progress})` })
          .where(and(eq(encodes.id, id), sql`(SELECT count(*) FROM chunks c WHERE c.encode_id = ${id} AND c.stream = ${stream}) < ${fewerThan}`)),
      ),
    putChunk: (chunk) =>
      write(
        db
          .insert(chunks)
          .values({ ...chunk, outline: outlineOf(chunk.manifest) })
          .onConflictDoUpdate({
            target: [chunks.encodeId, chunks.stream, chunks.chunkIndex],
            set: { epoch: chunk.epoch, complete: chunk.complete, manifest: chunk.manifest, outline: outlineOf(chunk.manifest) },
            setWhere: sql`${chunks.epoch} <= ${chunk.epoch}`,
          }),
      ),
  }
}

const segmentsIn = (all: readonly Chunk[]) =>
  all.reduce((sum, { manifest }) => sum + Object.values(manifest.renditions).reduce((count, { segments }) => count + segments.length, 0), 0)
