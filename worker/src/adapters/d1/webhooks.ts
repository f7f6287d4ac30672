import { and, count, desc, eq, sql } from 'drizzle-orm'
import type { Webhook } from '../../domain/webhooks/webhook.ts'
import type { WebhookStore } from '../../domain/outbox.ts'
import { webhooks } from './schema.ts'
import { type Db, guarded, write } from './write.ts'

export function webhookStore(db: Db): WebhookStore {
  const byId = (id: Webhook['id']) => eq(webhooks.id, id)
  return {
    find: async (accountId, id) => (await db.select().from(webhooks).where(and(eq(webhooks.accountId, accountId), byId(id as Webhook['id']))).get()) ?? null,
    async list(accountId, { spelling, event }, { offset, limit }) {
      const mine = and(
        eq(webhooks.accountId, accountId),
        spelling === null ? undefined : eq(webhooks.spelling, spelling),
        event === null ? undefined : sql`EXISTS (SELECT 1 FROM json_each(${webhooks.events}) WHERE value = ${event})`,
      )
      const [items, totals] = await db.batch([
        db.select().from(webhooks).where(mine).orderBy(desc(webhooks.id)).limit(limit).offset(offset),
        db.select({ total: count() }).from(webhooks).where(mine),
      ])
      return { items, total: totals[0]?.total ?? 0 }
    },
    add: (webhook) => write(db.insert(webhooks).values(webhook)),
    save: (webhook) =>
      guarded(
        db,
        db
          .update(webhooks)
          .set({ ...webhook, version: webhook.version + 1 })
          .where(and(byId(webhook.id), eq(webhooks.version, webhook.version))),
      ),
    remove: (webhook) => guarded(db, db.delete(webhooks).where(byId(webhook.id))),
    noteSuccess: (id) => write(db.update(webhooks).set({ failingSince: null }).where(byId(id))),
    noteFailure: (id, since, off) =>
      write(
        db
          .update(webhooks)
          .set({ failingSince: since, ...(off ? { disabledAt: off.at, disabledReason: off.reason, version: sql`${webhooks.version} + 1` } : {}) })
          .where(byId(id)),
      ),
  }
}
