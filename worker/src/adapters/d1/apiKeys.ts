import { and, count, desc, eq } from 'drizzle-orm'
import type { ApiKey } from '../../domain/credentials/apiKey.ts'
import type { ApiKeyStore } from '../../domain/ports.ts'
import { accounts, apiKeys } from './schema.ts'
import { type Db, guarded, write } from './write.ts'

export function apiKeyStore(db: Db): ApiKeyStore {
  return {
    async findByHash(keyHash) {
      const row = await db.select().from(apiKeys).innerJoin(accounts, eq(accounts.id, apiKeys.accountId)).where(eq(apiKeys.keyHash, keyHash)).get()
      return row ? { key: row.api_keys, queryKeyAllowed: row.accounts.queryKeyAllowed } : null
    },
    find: async (accountId, id) =>
      (await db
        .select()
        .from(apiKeys)
        .where(and(eq(apiKeys.accountId, accountId), eq(apiKeys.id, id as ApiKey['id'])))
        .get()) ?? null,
    async list(accountId, { offset, limit }) {
      const mine = eq(apiKeys.accountId, accountId)
      const [items, totals] = await db.batch([
        db.select().from(apiKeys).where(mine).orderBy(desc(apiKeys.id)).limit(limit).offset(offset),
        db.select({ total: count() }).from(apiKeys).where(mine),
      ])
      return { items, total: totals[0]?.total ?? 0 }
    },
    add: (key) => write(db.insert(apiKeys).values(key)),
    revoke: (accountId, id, at) => guarded(db, db.update(apiKeys).set({ revokedAt: at }).where(and(eq(apiKeys.accountId, accountId), eq(apiKeys.id, id)))),
    touch: (id, at) => write(db.update(apiKeys).set({ lastUsedAt: at }).where(eq(apiKeys.id, id))),
  }
}
