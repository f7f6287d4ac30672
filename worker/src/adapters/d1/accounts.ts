import { and, eq, isNull, sql } from 'drizzle-orm'
import type { AccountStore, UserStore } from '../../domain/ports.ts'
import { accounts, site, users } from './schema.ts'
import { type Db, guarded, write } from './write.ts'

export function accountStore(db: Db): AccountStore {
  return {
    find: async (id) => (await db.select().from(accounts).where(eq(accounts.id, id)).get()) ?? null,
    async first() {
      const row = await db.select().from(site).innerJoin(accounts, eq(accounts.id, site.firstAccountId)).get()
      return row ? { account: row.accounts, claimed: row.site.claimedBy !== null } : null
    },
    add: (account) => write(db.insert(accounts).values(account)),
    addSite: (accountId) => write(db.insert(site).values({ id: 1, firstAccountId: accountId })),
    claimSite: (userId) => guarded(db, db.update(site).set({ claimedBy: userId }).where(and(eq(site.id, 1), isNull(site.claimedBy)))),
    reserve: (id, bytes) =>
      guarded(
        db,
        db
          .update(accounts)
          .set({ storageReservedBytes: sql`${accounts.storageReservedBytes} + ${bytes}` })
          .where(
            and(
              eq(accounts.id, id),
              sql`${accounts.storageUsedBytes} + ${accounts.storageReservedBytes} + ${bytes} <= ${accounts.storageQuotaBytes}`,
            ),
          ),
        'quota_exceeded',
      ),
    unreserve: (id, bytes) =>
      write(db.update(accounts).set({ storageReservedBytes: sql`${accounts.storageReservedBytes} - ${bytes}` }).where(eq(accounts.id, id))),
    useReserved: (id, bytes) =>
      write(
        db
          .update(accounts)
          .set({
            storageReservedBytes: sql`${accounts.storageReservedBytes} - ${bytes}`,
            storageUsedBytes: sql`${accounts.storageUsedBytes} + ${bytes}`,
          })
          .where(eq(accounts.id, id)),
      ),
    setSettings: (id, { encodeProfile, queryKeyAllowed }) => guarded(db, db.update(accounts).set({ encodeProfile, queryKeyAllowed }).where(eq(accounts.id, id))),
    setSuspended: (id, at) => guarded(db, db.update(accounts).set({ suspendedAt: at }).where(eq(accounts.id, id))),
    free: (id, bytes) =>
      write(db.update(accounts).set({ storageUsedBytes: sql`${accounts.storageUsedBytes} - ${bytes}` }).where(eq(accounts.id, id))),
  }
}

export function userStore(db: Db): UserStore {
  return {
    findByEmail: async (email) => (await db.select().from(users).where(eq(users.email, email)).get()) ?? null,
    async find(id) {
      const row = await db.select().from(users).innerJoin(accounts, eq(accounts.id, users.accountId)).where(eq(users.id, id)).get()
      return row ? { ...row.users, suspendedAt: row.accounts.suspendedAt } : null
    },
    add: (user) => write(db.insert(users).values(user)),
    setPassword: (id, passwordHash, sessionVersion) =>
      guarded(db, db.update(users).set({ passwordHash, sessionVersion }).where(eq(users.id, id))),
  }
}
