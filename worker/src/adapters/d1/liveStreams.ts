import { and, asc, count, desc, eq, sql } from 'drizzle-orm'
import type { LiveQuery, LiveStream, LiveStreamStore } from '../../domain/live/liveStream.ts'
import { liveStreams } from './schemaOfLive.ts'
import { type Db, guarded, write } from './write.ts'

export function liveStreamStore(db: Db): LiveStreamStore {
  const byId = (id: string) => eq(liveStreams.id, id as LiveStream['id'])
  return {
    find: async (accountId, id) => (await db.select().from(liveStreams).where(and(eq(liveStreams.accountId, accountId), byId(id))).get()) ?? null,
    findAny: async (id) => (await db.select().from(liveStreams).where(byId(id)).get()) ?? null,
    async list(accountId, query, { offset, limit }) {
      const wanted = and(
        eq(liveStreams.accountId, accountId),
        query.name === null ? undefined : sql`instr(lower(${liveStreams.name}), lower(${query.name})) > 0`,
        query.streamKeyHash === null ? undefined : eq(liveStreams.streamKeyHash, query.streamKeyHash),
      )
      const [items, totals] = await db.batch([
        db.select().from(liveStreams).where(wanted).orderBy(...orderOf(query.sort)).limit(limit).offset(offset),
        db.select({ total: count() }).from(liveStreams).where(wanted),
      ])
      return { items, total: totals[0]?.total ?? 0 }
    },
    add: (stream) => write(db.insert(liveStreams).values(stream)),
    save: (stream) =>
      guarded(
        db,
        db
          .update(liveStreams)
          .set({ ...stream, version: stream.version + 1 })
          .where(and(byId(stream.id), eq(liveStreams.version, stream.version))),
      ),
    remove: (stream) => guarded(db, db.delete(liveStreams).where(byId(stream.id))),
  }
}

const SORT_KEYS = { name: liveStreams.name, created_at: liveStreams.createdAt, updated_at: liveStreams.updatedAt }

function orderOf(sort: LiveQuery['sort']) {
  const order = sort.startsWith('-') ? desc : asc
  return [order(SORT_KEYS[sort.replace('-', '') as keyof typeof SORT_KEYS]), order(liveStreams.id)]
}
