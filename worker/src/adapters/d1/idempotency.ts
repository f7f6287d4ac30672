import { and, eq, isNull, lt, or, sql } from 'drizzle-orm'
import type { AccountId } from '@avocet/shared/ids'
import type { IdempotencyStore } from '../../domain/platform.ts'
import { idempotency } from './schema.ts'
import type { Db } from './write.ts'

export function idempotencyStore(db: Db): IdempotencyStore {
  const one = (accountId: AccountId, key: string) => and(eq(idempotency.accountId, accountId), eq(idempotency.key, key))
  const mine = (accountId: AccountId, key: string, fingerprint: string) => and(one(accountId, key), eq(idempotency.fingerprint, fingerprint), isNull(idempotency.sealedAnswer))
  return {
    async begin({ accountId, key, fingerprint, now, abandonedBefore, expiredBefore }) {
      const begun = await db
        .insert(idempotency)
        .values({ accountId, key, fingerprint, startedAt: now })
        .onConflictDoUpdate({
          target: [idempotency.accountId, idempotency.key],
          set: { fingerprint, startedAt: now, sealedAnswer: null },
          setWhere: or(and(isNull(idempotency.sealedAnswer), lt(idempotency.startedAt, abandonedBefore)), lt(idempotency.startedAt, expiredBefore)),
        })
        .returning({ key: idempotency.key })
      if (begun.length > 0) return null
      const known = await db.select().from(idempotency).where(one(accountId, key)).get()
      // Forgotten in this very moment: its first call failed, and this one counts as running beside it.
      return known ?? { fingerprint, sealedAnswer: null }
    },
    async finish(accountId, key, fingerprint, sealedAnswer) {
      await db.update(idempotency).set({ sealedAnswer }).where(mine(accountId, key, fingerprint))
    },
    async forget(accountId, key, fingerprint) {
      await db.delete(idempotency).where(mine(accountId, key, fingerprint))
    },
    async forgetOld(before, limit) {
      await db.run(sql`DELETE FROM idempotency WHERE rowid IN (SELECT rowid FROM idempotency WHERE started_at < ${before} LIMIT ${limit})`)
    },
  }
}
