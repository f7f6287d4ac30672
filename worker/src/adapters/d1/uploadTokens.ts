import { and, asc, count, desc, eq, gt, isNull, lt, or, type SQL, sql } from 'drizzle-orm'
import type { UploadTokenStore } from '../../domain/ingest.ts'
import type { UploadToken, UploadTokenQuery } from '../../domain/uploadTokens/uploadToken.ts'
import { accounts } from './schema.ts'
import { uploadTokens } from './schemaOfUploads.ts'
import { type Db, guarded, write } from './write.ts'

export function uploadTokenStore(db: Db): UploadTokenStore {
  const notEnded = (at: number) => or(isNull(uploadTokens.expiresAt), gt(uploadTokens.expiresAt, at))
  return {
    find: async (accountId, id) =>
      (await db
        .select()
        .from(uploadTokens)
        .where(and(eq(uploadTokens.accountId, accountId), eq(uploadTokens.id, id as UploadToken['id'])))
        .get()) ?? null,
    async findByHash(tokenHash) {
      const row = await db.select().from(uploadTokens).innerJoin(accounts, eq(accounts.id, uploadTokens.accountId)).where(eq(uploadTokens.tokenHash, tokenHash)).get()
      return row ? { ...row.upload_tokens, suspendedAt: row.accounts.suspendedAt } : null
    },
    async list(accountId, { sort, activeAt }, { offset, limit }) {
      const wanted = and(eq(uploadTokens.accountId, accountId), activeAt === null ? undefined : notEnded(activeAt))
      const [items, totals] = await db.batch([
        db.select().from(uploadTokens).where(wanted).orderBy(...orderOf(sort)).limit(limit).offset(offset),
        db.select({ total: count() }).from(uploadTokens).where(wanted),
      ])
      return { items, total: totals[0]?.total ?? 0 }
    },
    add: (token) => write(db.insert(uploadTokens).values(token)),
    use: (id, now) =>
      guarded(
        db,
        db
          .update(uploadTokens)
          .set({ uploads: sql`${uploadTokens.uploads} + 1` })
          .where(and(eq(uploadTokens.id, id), notEnded(now), or(isNull(uploadTokens.maxUploads), lt(uploadTokens.uploads, uploadTokens.maxUploads)))),
      ),
    remove: (id) => write(db.delete(uploadTokens).where(eq(uploadTokens.id, id))),
    async forgetEnded(before, limit) {
      await db.run(sql`DELETE FROM upload_tokens WHERE rowid IN (SELECT rowid FROM upload_tokens WHERE expires_at < ${before} LIMIT ${limit})`)
    },
  }
}

/** Tokens without an end come behind those with one: theirs is the longest life. */
function orderOf(sort: UploadTokenQuery['sort']): SQL[] {
  const direction = sort.startsWith('-') ? desc : asc
  const key = sort.endsWith('ttl') ? sql`COALESCE(${uploadTokens.ttlSeconds}, 9e15)` : uploadTokens.createdAt
  return [direction(key), direction(uploadTokens.id)]
}
