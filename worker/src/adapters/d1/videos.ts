import { and, asc, count, desc, eq, inArray, isNotNull, isNull, lt, type Placeholder, type SQL, sql, sum } from 'drizzle-orm'
import type { AccountId, VideoId } from '@avocet/shared/ids'
import type { VideoDetail, VideoStore } from '../../domain/ports.ts'
import type { VideoQuery } from '../../domain/videos/video.ts'
import { assets, embedTokens, encodes, tracks, videos } from './schema.ts'
import { imports } from './schemaOfUploads.ts'
import { usageDays } from './schemaOfUsage.ts'
import { videoCounts } from './schemaOfCounts.ts'
import { type Db, guarded, once, write } from './write.ts'

/** A page that begins before this costs less than asking first how many there are. */
const NEAR = 1_000
const MOST_TAGS = 10_000

/** The encode that plays, else the newest run. */
export const shownEncode = sql`${encodes.id} = COALESCE(${assets.currentEncodeId}, (SELECT MAX(e.id) FROM encodes e WHERE e.asset_id = ${assets.id}))`

export function videoStore(db: Db): VideoStore {
  const details = () =>
    db.select().from(videos).innerJoin(assets, eq(assets.id, videos.assetId)).leftJoin(encodes, shownEncode).$dynamic()
  const live = (accountId: string | Placeholder, ...more: (SQL | undefined)[]) => and(sql`${videos.accountId} = ${accountId}`, isNull(videos.deletedAt), ...more)
  // Written once: making this statement's text costs as much as running it.
  const detail = once(() => details().where(live(sql.placeholder('accountId'), eq(videos.id, sql.placeholder('id')))).prepare())

  async function counted(accountId: AccountId, status: VideoQuery['status']): Promise<number> {
    const rows = await db
      .select({ videos: videoCounts.videos })
      .from(videoCounts)
      .where(and(eq(videoCounts.accountId, accountId), status ? eq(videoCounts.status, status) : undefined))
    return rows.reduce((all, row) => all + row.videos, 0)
  }

  return {
    find: async (accountId, id) => (await db.select().from(videos).where(live(accountId, eq(videos.id, id as VideoId))).get()) ?? null,
    findAny: async (id) => (await db.select().from(videos).where(and(eq(videos.id, id), isNull(videos.deletedAt))).get()) ?? null,
    async findDetail(accountId, id) {
      const row = await detail().get({ accountId, id })
      return row ? toDetail(row) : null
    },
    async list(accountId, query, { offset, limit }) {
      const wanted = live(
        accountId,
        query.status ? eq(videos.status, query.status) : undefined,
        // instr, not LIKE: no pattern characters to escape and no 50-byte pattern limit (D1).
        query.search ? sql`instr(lower(${videos.title}), lower(${query.search})) > 0` : undefined,
        query.description ? sql`instr(lower(${videos.description}), lower(${query.description})) > 0` : undefined,
        ...(query.tags ?? []).map((tag) => sql`EXISTS (SELECT 1 FROM json_each(${videos.tags}) WHERE value = ${tag})`),
        ...(query.metadata ?? []).map(({ key, value }) => sql`EXISTS (SELECT 1 FROM json_each(${videos.metadata}) WHERE value ->> 'key' = ${key} AND value ->> 'value' = ${value})`),
      )
      // Rows before the page are passed over in an index alone: only those shown are joined.
      const page = async (sort: VideoQuery['sort'], from: number, most: number) => {
        const ids = db.select({ id: videos.id }).from(videos).where(wanted).orderBy(...orderOf(sort)).limit(most).offset(from)
        return (await details().where(inArray(videos.id, ids)).orderBy(...orderOf(query.sort))).map(toDetail)
      }
      const search = query.search || query.description || query.tags?.length || query.metadata?.length
      const countAll = async () => (search ? ((await db.select({ total: count() }).from(videos).where(wanted))[0]?.total ?? 0) : counted(accountId, query.status))
      if (offset < NEAR) {
        const [items, total] = await Promise.all([page(query.sort, offset, limit), countAll()])
        return { items, total }
      }
      const total = await countAll()
      const left = total - offset
      if (left <= 0) return { items: [], total }
      // Far pages are reached from the nearer end.
      const most = Math.min(limit, left)
      return { items: left - most < offset ? await page(reversed(query.sort), left - most, most) : await page(query.sort, offset, most), total }
    },
    countTags: (accountId) =>
      db.all<{ tag: string; videos: number }>(
        sql`SELECT value AS tag, COUNT(*) AS videos FROM videos, json_each(videos.tags) WHERE account_id = ${accountId} AND deleted_at IS NULL GROUP BY value ORDER BY value LIMIT ${MOST_TAGS}`,
      ),
    add: (video) => write(db.insert(videos).values(video)),
    save({ views: _, ...video }) {
      const row = { ...video, version: video.version + 1 }
      return guarded(db, db.update(videos).set(row).where(and(eq(videos.id, video.id), eq(videos.version, video.version))))
    },
    setStatusByAsset: (assetId, status, error, at) =>
      write(
        db
          .update(videos)
          .set({ status, errorReason: error?.reason ?? null, errorMessage: error?.message ?? null, updatedAt: at, version: sql`${videos.version} + 1` })
          .where(and(eq(videos.assetId, assetId), isNull(videos.deletedAt))),
      ),
    setOriginByAsset: (assetId, origin) => write(db.update(videos).set({ origin }).where(and(eq(videos.assetId, assetId), isNull(videos.deletedAt)))),
    setSource: (id, from, to, at) =>
      guarded(
        db,
        db
          .update(videos)
          .set({ assetId: to, status: 'processing', errorReason: null, errorMessage: null, updatedAt: at, version: sql`${videos.version} + 1` })
          .where(and(eq(videos.id, id), eq(videos.assetId, from), isNull(videos.deletedAt))),
      ),
    listByAsset: (assetId) => db.select().from(videos).where(and(eq(videos.assetId, assetId), isNull(videos.deletedAt))),
    listDeleted: (before, limit) =>
      db.select().from(videos).where(and(isNotNull(videos.deletedAt), lt(videos.deletedAt, before))).orderBy(asc(videos.deletedAt)).limit(limit),
    remove: (id) =>
      write(
        db.delete(usageDays).where(eq(usageDays.videoId, id)),
        db.delete(tracks).where(eq(tracks.videoId, id)),
        db.delete(embedTokens).where(eq(embedTokens.videoId, id)),
        db.delete(imports).where(eq(imports.videoId, id)),
        db.delete(videos).where(and(eq(videos.id, id), isNotNull(videos.deletedAt))),
      ),
    async totals(accountId) {
      const rows = await db
        .select({ status: videos.status, videos: count(), views: sum(videos.views).mapWith(Number) })
        .from(videos)
        .where(live(accountId))
        .groupBy(videos.status)
      const byStatus = { processing: 0, ready: 0, failed: 0 }
      for (const row of rows) byStatus[row.status] = row.videos
      return { videos: rows.reduce((all, row) => all + row.videos, 0), views: rows.reduce((all, row) => all + row.views, 0), byStatus }
    },
  }
}

const reversed = (sort: VideoQuery['sort']): VideoQuery['sort'] => (sort.startsWith('-') ? sort.slice(1) : `-${sort}`) as VideoQuery['sort']

const SORT_KEYS = { title: videos.title, created_at: videos.createdAt, updated_at: videos.updatedAt }

function orderOf(sort: VideoQuery['sort']): SQL[] {
  const order = sort.startsWith('-') ? desc : asc
  return [order(SORT_KEYS[sort.replace('-', '') as keyof typeof SORT_KEYS]), order(videos.id)]
}

function toDetail(row: { videos: VideoDetail['video']; assets: VideoDetail['asset']; encodes: VideoDetail['encode'] }): VideoDetail {
  return { video: row.videos, asset: row.assets, encode: row.encodes }
}
