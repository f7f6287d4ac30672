import { and, asc, eq, gt, sql } from 'drizzle-orm'
import type { AssetId } from '@avocet/shared/ids'
import type { AssetStore } from '../../domain/ports.ts'
import { assets, chunks, encodes, jobs } from './schema.ts'
import { type Db, write } from './write.ts'

export function assetStore(db: Db): AssetStore {
  return {
    find: async (id) => (await db.select().from(assets).where(eq(assets.id, id)).get()) ?? null,
    listAfter: (after, limit) => db.select().from(assets).where(gt(assets.id, after as AssetId)).orderBy(asc(assets.id)).limit(limit),
    add: (asset) => write(db.insert(assets).values(asset)),
    setMedia: (id, media) => write(db.update(assets).set({ media }).where(eq(assets.id, id))),
    setCurrentEncode: (id, encodeId) => write(db.update(assets).set({ currentEncodeId: encodeId }).where(eq(assets.id, id))),
    remove(id) {
      const unused = sql`NOT EXISTS (SELECT 1 FROM videos v WHERE v.asset_id = ${id})`
      const ofAsset = sql`(SELECT e.id FROM encodes e WHERE e.asset_id = ${id})`
      return write(
        db.delete(chunks).where(and(sql`${chunks.encodeId} IN ${ofAsset}`, unused)),
        db.delete(jobs).where(and(sql`${jobs.encodeId} IN ${ofAsset}`, unused)),
        db.delete(encodes).where(and(eq(encodes.assetId, id), unused)),
        db.delete(assets).where(and(eq(assets.id, id), unused)),
      )
    },
  }
}
