import { and, asc, count, eq, inArray, lt, sql } from 'drizzle-orm'
import type { UploadId } from '@avocet/shared/ids'
import type { UploadStore } from '../../domain/ports.ts'
import { uploadParts, uploads } from './schema.ts'
import { type Db, guarded, write } from './write.ts'

export function uploadStore(db: Db): UploadStore {
  return {
    find: async (accountId, id) =>
      (await db
        .select()
        .from(uploads)
        .where(and(eq(uploads.accountId, accountId), eq(uploads.id, id as UploadId)))
        .get()) ?? null,
    parts: (id) => db.select().from(uploadParts).where(eq(uploadParts.uploadId, id)).orderBy(asc(uploadParts.chunkIndex)),
    part: async (id, chunkIndex) =>
      (await db
        .select()
        .from(uploadParts)
        .where(and(eq(uploadParts.uploadId, id), eq(uploadParts.chunkIndex, chunkIndex)))
        .get()) ?? null,
    add: (upload) => write(db.insert(uploads).values(upload)),
    save: (upload) =>
      guarded(
        db,
        db
          .update(uploads)
          .set({ ...upload, version: upload.version + 1 })
          .where(and(eq(uploads.id, upload.id), eq(uploads.version, upload.version))),
      ),
    async putPart(part) {
      // One statement decides: the session is open, and a chunk that is there already has the same bytes.
      const result = await db.run(sql`
        INSERT INTO upload_parts (upload_id, chunk_index, size_bytes, etag, sha256, stored_at)
        SELECT ${part.uploadId}, ${part.chunkIndex}, ${part.sizeBytes}, ${part.etag}, ${part.sha256}, ${part.storedAt}
        WHERE EXISTS (SELECT 1 FROM uploads WHERE id = ${part.uploadId} AND state = 'open')
        ON CONFLICT (upload_id, chunk_index) DO UPDATE SET
          etag = CASE WHEN excluded.stored_at >= stored_at THEN excluded.etag ELSE etag END,
          stored_at = MAX(excluded.stored_at, stored_at)
        WHERE sha256 = excluded.sha256`)
      if (result.meta.changes > 0) return 'stored'
      const upload = await db.select({ state: uploads.state }).from(uploads).where(eq(uploads.id, part.uploadId)).get()
      return upload?.state === 'open' ? 'conflict' : 'closed'
    },
    async countOpen(accountId) {
      const open = and(eq(uploads.accountId, accountId), inArray(uploads.state, ['open', 'completing']))
      return (await db.select({ total: count() }).from(uploads).where(open).get())?.total ?? 0
    },
    listExpired: (now, limit) =>
      db
        .select()
        .from(uploads)
        .where(and(inArray(uploads.state, ['open', 'completing']), lt(uploads.expiresAt, now)))
        .orderBy(asc(uploads.expiresAt))
        .limit(limit),
  }
}

