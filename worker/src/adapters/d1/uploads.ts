import { and, asc, count, eq, exists, isNotNull, lte, ne, sql } from 'drizzle-orm'
import type { UploadId } from '@avocet/shared/ids'
import type { UploadStore } from '../../domain/ingest.ts'
import { uploadParts, uploads } from './schemaOfUploads.ts'
import { asFault, type Db, guarded, write } from './write.ts'

/** An upload in use writes its new expiry at most so often. */
const EXPIRY_STEP_MS = 3600_000
/** Word for word what the partial indexes `uploads_by_expiry` and `uploads_open` say, or SQLite does not use it. */
const UNFINISHED = sql`state IN ('open', 'completing')`

export function uploadStore(db: Db): UploadStore {
  return {
    find: async (accountId, id) =>
      (await db
        .select()
        .from(uploads)
        .where(and(eq(uploads.accountId, accountId), eq(uploads.id, id as UploadId)))
        .get()) ?? null,
    parts: (id) => db.select().from(uploadParts).where(eq(uploadParts.uploadId, id)).orderBy(asc(uploadParts.chunkIndex)),
    saidSha256: async (assetId) =>
      (await db.select({ sha256: uploads.sha256 }).from(uploads).where(and(eq(uploads.assetId, assetId), isNotNull(uploads.sha256))).get())?.sha256 ?? null,
    part: async (id, chunkIndex) =>
      (await db
        .select()
        .from(uploadParts)
        .where(and(eq(uploadParts.uploadId, id), eq(uploadParts.chunkIndex, chunkIndex)))
        .get()) ?? null,
    add: (upload) => write(db.insert(uploads).values(upload)),
    // Its expiry is moved by chunks alone: a save from an older reading must not move it back.
    save: ({ expiresAt: _, ...upload }) =>
      guarded(
        db,
        db
          .update(uploads)
          .set({ ...upload, version: upload.version + 1 })
          .where(and(eq(uploads.id, upload.id), eq(uploads.version, upload.version))),
      ),
    expire: (upload, now) =>
      guarded(
        db,
        db
          .update(uploads)
          .set({ state: 'expired', completingAt: null, version: upload.version + 1 })
          .where(and(eq(uploads.id, upload.id), eq(uploads.version, upload.version), lte(uploads.expiresAt, now))),
      ),
    async putPart(part, expiresAt) {
      const { uploadId, chunkIndex } = part
      const open = exists(
        db
          .select({ one: sql`1` })
          .from(uploads)
          .where(and(eq(uploads.id, uploadId), eq(uploads.state, 'open'))),
      )
      const [etag, storedAt] = [sql`excluded.etag`, sql`excluded.stored_at`]
      const stored = db
        .insert(uploadParts)
        .select(sql`SELECT ${uploadId}, ${chunkIndex}, ${part.sizeBytes}, ${part.etag}, ${part.sha256}, ${part.storedAt} WHERE ${open}`)
        .onConflictDoUpdate({
          target: [uploadParts.uploadId, uploadParts.chunkIndex],
          set: { etag: sql`CASE WHEN ${storedAt} >= stored_at THEN ${etag} ELSE etag END`, storedAt: sql`MAX(${storedAt}, stored_at)` },
          setWhere: sql`sha256 = excluded.sha256`,
        })
      // Whichever of two different writers came last, the row may no longer tell what the object store holds: the chunk is missing again.
      const disputed = db
        .delete(uploadParts)
        .where(and(eq(uploadParts.uploadId, uploadId), eq(uploadParts.chunkIndex, chunkIndex), ne(uploadParts.sha256, part.sha256), open))
      const alive = db
        .update(uploads)
        .set({ expiresAt })
        .where(and(eq(uploads.id, uploadId), eq(uploads.state, 'open'), lte(uploads.expiresAt, expiresAt - EXPIRY_STEP_MS)))
      try {
        const [one, other] = await db.batch([stored, disputed, alive])
        return one.meta.changes > 0 ? 'stored' : other.meta.changes > 0 ? 'conflict' : 'closed'
      } catch (error) {
        throw asFault(error)
      }
    },
    forgetParts: (id) => write(db.delete(uploadParts).where(eq(uploadParts.uploadId, id))),
    countOpen: async (accountId) =>
      (await db
        .select({ open: count() })
        .from(uploads)
        .where(and(eq(uploads.accountId, accountId), UNFINISHED))
        .get())?.open ?? 0,
    listExpired: (now, limit) =>
      db
        .select()
        .from(uploads)
        .where(and(UNFINISHED, eq(uploads.state, 'open'), lte(uploads.expiresAt, now)))
        .orderBy(asc(uploads.expiresAt))
        .limit(limit),
    listStalled: (before, limit) =>
      db
        .select()
        .from(uploads)
        .where(and(UNFINISHED, eq(uploads.state, 'completing'), lte(uploads.completingAt, before)))
        .orderBy(asc(uploads.completingAt))
        .limit(limit),
  }
}
