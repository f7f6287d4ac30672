import { and, asc, eq, isNull, lt, or, sql } from 'drizzle-orm'
import type { SourceStore } from '../../domain/sources/source.ts'
import { intakes, sourceParts } from './schemaOfSources.ts'
import { type Db, guarded, write } from './write.ts'

/** Parts of a video that is not there may still be coming in (domain/sources/holdPart.ts). */
const HOUR_MS = 3600_000

export function sourceStore(db: Db): SourceStore {
  return {
    intake: async (videoId) => (await db.select().from(intakes).where(eq(intakes.videoId, videoId)).get()) ?? null,
    parts: (assetId) => db.select().from(sourceParts).where(eq(sourceParts.assetId, assetId)).orderBy(asc(sourceParts.position)),
    begin: (intake) => write(db.insert(intakes).values(intake)),
    proceed({ videoId, assetId, style, total, expiresAt }) {
      const agrees = and(
        eq(intakes.videoId, videoId),
        eq(intakes.assetId, assetId),
        eq(intakes.style, style),
        total === null ? undefined : or(isNull(intakes.total), eq(intakes.total, total)),
      )
      return guarded(db, db.update(intakes).set({ expiresAt, ...(total === null ? {} : { total }) }).where(agrees))
    },
    addPart: (part) => write(db.insert(sourceParts).values(part)),
    close: (videoId) => guarded(db, db.delete(intakes).where(eq(intakes.videoId, videoId))),
    forgetParts: (assetId) => write(db.delete(sourceParts).where(eq(sourceParts.assetId, assetId))),
    listExpired: (now, limit) =>
      db
        .select()
        .from(intakes)
        .where(or(lt(intakes.expiresAt, now), and(lt(intakes.createdAt, now - HOUR_MS), sql`NOT EXISTS (SELECT 1 FROM videos v WHERE v.id = ${intakes.videoId} AND v.deleted_at IS NULL)`)))
        .orderBy(asc(intakes.expiresAt)).limit(limit),
  }
}
