import { and, asc, eq, isNull, lt, or, sql } from 'drizzle-orm'
import type { SourceStore } from '../../domain/sources/source.ts'
import { intakes, sourceParts } from './schemaOfSources.ts'
import { type Db, guarded, write } from './write.ts'

export function sourceStore(db: Db): SourceStore {
  return {
    intake: async (videoId) => (await db.select().from(intakes).where(eq(intakes.videoId, videoId)).get()) ?? null,
    parts: (assetId) => db.select().from(sourceParts).where(eq(sourceParts.assetId, assetId)).orderBy(asc(sourceParts.position)),
    putIntake(intake) {
      const agrees = and(
        eq(intakes.assetId, intake.assetId),
        eq(intakes.style, intake.style),
        intake.total === null ? undefined : or(isNull(intakes.total), eq(intakes.total, intake.total)),
      )
      const told = { total: sql`coalesce(excluded.total, ${intakes.total})`, expiresAt: sql`max(excluded.expires_at, ${intakes.expiresAt})` }
      return guarded(db, db.insert(intakes).values(intake).onConflictDoUpdate({ target: intakes.videoId, set: told, setWhere: agrees }))
    },
    addPart: (part) => write(db.insert(sourceParts).values(part)),
    close: (videoId) => guarded(db, db.delete(intakes).where(eq(intakes.videoId, videoId))),
    forgetParts: (assetId) => write(db.delete(sourceParts).where(eq(sourceParts.assetId, assetId))),
    listExpired: (now, limit) => db.select().from(intakes).where(lt(intakes.expiresAt, now)).orderBy(asc(intakes.expiresAt)).limit(limit),
  }
}
