import { and, count, desc, eq, isNull } from 'drizzle-orm'
import type { SigningKeyStore } from '../../domain/rights.ts'
import type { SigningKey } from '../../domain/signingKeys/signingKey.ts'
import { Remembered } from '../remembered.ts'
import { signingKeys } from './schemaOfRights.ts'
import { type Db, guarded, write } from './write.ts'

/** How long a verification may trust what it knew of a key (DESIGN section 9, 4). */
const RECENT_MS = 5_000

export function signingKeyStore(db: Db, now: () => number): SigningKeyStore {
  const recent = new Remembered<string, { key: SigningKey | null; at: number }>(1_000)
  async function findAny(id: SigningKey['id']): Promise<SigningKey | null> {
    const at = now()
    const key = (await db.select().from(signingKeys).where(eq(signingKeys.id, id)).get()) ?? null
    recent.set(id, { key, at })
    return key
  }
  return {
    findAny,
    async findRecent(id) {
      const known = recent.get(id)
      return known && known.at > now() - RECENT_MS ? known.key : findAny(id)
    },
    find: async (accountId, id) =>
      (await db
        .select()
        .from(signingKeys)
        .where(and(eq(signingKeys.accountId, accountId), eq(signingKeys.id, id as SigningKey['id'])))
        .get()) ?? null,
    async list(accountId, { offset, limit }) {
      const mine = eq(signingKeys.accountId, accountId)
      const [items, totals] = await db.batch([
        db.select().from(signingKeys).where(mine).orderBy(desc(signingKeys.id)).limit(limit).offset(offset),
        db.select({ total: count() }).from(signingKeys).where(mine),
      ])
      return { items, total: totals[0]?.total ?? 0 }
    },
    add: (key) => write(db.insert(signingKeys).values(key)),
    retire: (id, at) =>
      guarded(
        db,
        db
          .update(signingKeys)
          .set({ retiresAt: at })
          .where(and(eq(signingKeys.id, id), isNull(signingKeys.retiresAt), isNull(signingKeys.revokedAt))),
      ),
    revoke: (id, at) => guarded(db, db.update(signingKeys).set({ revokedAt: at }).where(eq(signingKeys.id, id))),
  }
}
