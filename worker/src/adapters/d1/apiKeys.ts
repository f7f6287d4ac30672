import { and, count, desc, eq } from 'drizzle-orm'
import type { ApiKey } from '../../domain/credentials/apiKey.ts'
import type { ApiKeyStore } from '../../domain/ports.ts'
import { Remembered } from '../remembered.ts'
import { accounts, apiKeys } from './schema.ts'
import { type Db, guarded, write } from './write.ts'

/** How long an isolate trusts what it knew of a key: a revocation elsewhere shows within it (budget: 10 s). */
const TRUSTED_MS = 5_000
const REMEMBERED = 5_000

type Found = NonNullable<Awaited<ReturnType<ApiKeyStore['findByHash']>>>

export function apiKeyStore(db: Db, now: () => number): ApiKeyStore {
  const known = new Remembered<string, { found: Found; at: number }>(REMEMBERED)
  return {
    async findByHash(keyHash) {
      const recent = known.get(keyHash)
      if (recent && recent.at > now() - TRUSTED_MS) return recent.found
      const at = now()
      const row = await db.select().from(apiKeys).innerJoin(accounts, eq(accounts.id, apiKeys.accountId)).where(eq(apiKeys.keyHash, keyHash)).get()
      if (!row) return null
      const found = { key: row.api_keys, queryKeyAllowed: row.accounts.queryKeyAllowed, suspendedAt: row.accounts.suspendedAt }
      known.set(keyHash, { found, at })
      return found
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
    revoke(key, at) {
      known.delete(key.keyHash)
      return guarded(db, db.update(apiKeys).set({ revokedAt: at }).where(and(eq(apiKeys.accountId, key.accountId), eq(apiKeys.id, key.id))))
    },
    findAny: async (id) => (await db.select().from(apiKeys).where(eq(apiKeys.id, id as ApiKey['id'])).get()) ?? null,
    setRateLimits(key, rateLimits) {
      known.delete(key.keyHash)
      return write(db.update(apiKeys).set({ rateLimits }).where(eq(apiKeys.id, key.id)))
    },
    touch(key, at) {
      const recent = known.get(key.keyHash)
      if (recent) recent.found = { ...recent.found, key: { ...recent.found.key, lastUsedAt: at } }
      return write(db.update(apiKeys).set({ lastUsedAt: at }).where(eq(apiKeys.id, key.id)))
    },
  }
}
