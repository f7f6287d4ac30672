import { and, asc, count, desc, eq, lte, sql } from 'drizzle-orm'
import type { ImportStore } from '../../domain/ingest.ts'
import { imports, uploadParts, uploads } from './schemaOfUploads.ts'
import { type Db, guarded, write } from './write.ts'

/** Word for word what the partial indexes of the table say, or SQLite does not use them. */
const RUNNING = sql`state = 'fetching'`

const RECEIVED = sql<number>`CASE ${uploads.state} WHEN 'completed' THEN ${uploads.sizeBytes} ELSE (SELECT COALESCE(SUM(${uploadParts.sizeBytes}), 0) FROM ${uploadParts} WHERE ${uploadParts.uploadId} = ${uploads.id}) END`

export function importStore(db: Db): ImportStore {
  return {
    findAny: async (id) => (await db.select().from(imports).where(eq(imports.id, id)).get()) ?? null,
    async latest(accountId, videos) {
      const rows = await db
        .select({ ingest: imports, sizeBytes: uploads.sizeBytes, receivedBytes: RECEIVED })
        .from(imports)
        .leftJoin(uploads, eq(uploads.id, imports.uploadId))
        // One parameter, whatever the number of videos.
        .where(and(sql`${imports.videoId} IN (SELECT value FROM json_each(${JSON.stringify(videos)}))`, eq(imports.accountId, accountId)))
        .orderBy(desc(imports.id))
      return rows.filter(({ ingest }, at) => rows.findIndex((row) => row.ingest.videoId === ingest.videoId) === at)
    },
    countRunning: async (accountId) =>
      (await db
        .select({ running: count() })
        .from(imports)
        .where(and(eq(imports.accountId, accountId), RUNNING))
        .get())?.running ?? 0,
    add: (ingest) => write(db.insert(imports).values(ingest)),
    save: (ingest) =>
      guarded(
        db,
        db
          .update(imports)
          .set({ ...ingest, version: ingest.version + 1 })
          .where(and(eq(imports.id, ingest.id), eq(imports.version, ingest.version))),
      ),
    listDue: async (now, limit) => {
      const rows = await db
        .select({ id: imports.id })
        .from(imports)
        .where(and(RUNNING, lte(imports.nextAttemptAt, now)))
        .orderBy(asc(imports.nextAttemptAt))
        .limit(limit)
      return rows.map(({ id }) => id)
    },
  }
}
