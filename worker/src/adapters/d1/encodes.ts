import { and, asc, desc, eq, sql } from 'drizzle-orm'
import type { EncodeStore } from '../../domain/ports.ts'
import { chunks, encodes } from './schema.ts'
import { type Db, guarded, write } from './write.ts'

export function encodeStore(db: Db): EncodeStore {
  return {
    find: async (id) => (await db.select().from(encodes).where(eq(encodes.id, id)).get()) ?? null,
    chunks: (id) => db.select().from(chunks).where(eq(chunks.encodeId, id)).orderBy(asc(chunks.stream), asc(chunks.chunkIndex)),
    listByAsset: (assetId) => db.select().from(encodes).where(eq(encodes.assetId, assetId)).orderBy(desc(encodes.id)),
    add: (encode) => write(db.insert(encodes).values(encode)),
    save: (encode) =>
      guarded(
        db,
        db
          .update(encodes)
          .set({ ...encode, version: encode.version + 1 })
          .where(and(eq(encodes.id, encode.id), eq(encodes.version, encode.version))),
      ),
    putChunk: (chunk) =>
      write(
        db
          .insert(chunks)
          .values(chunk)
          .onConflictDoUpdate({
            target: [chunks.encodeId, chunks.stream, chunks.chunkIndex],
            set: { epoch: chunk.epoch, complete: chunk.complete, manifest: chunk.manifest },
            setWhere: sql`${chunks.epoch} <= ${chunk.epoch}`,
          }),
      ),
  }
}
