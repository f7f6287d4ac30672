import { and, asc, count, desc, eq, getTableColumns, gt, gte, inArray, lte, min, ne, sql, type SQLWrapper } from 'drizzle-orm'
import type { DeliveryStore } from '../../domain/outbox.ts'
import type { Delivery } from '../../domain/webhooks/webhook.ts'
import { deliveries, events, webhooks } from './schema.ts'
import { type Db, telling, write } from './write.ts'

/** The columns of a delivery nobody has tried yet, for INSERT ... SELECT: all of them, in the table's order. */
export function freshDelivery(eventId: SQLWrapper, webhookId: SQLWrapper, accountId: SQLWrapper, at: number) {
  return {
    eventId: sql`${eventId}`.as('event_id'),
    webhookId: sql`${webhookId}`.as('webhook_id'),
    accountId: sql`${accountId}`.as('account_id'),
    state: sql`'pending'`.as('state'),
    attempts: sql`'[]'`.as('attempts'),
    tries: sql`0`.as('tries'),
    nextAttemptAt: sql`${at}`.as('next_attempt_at'),
    createdAt: sql`${at}`.as('created_at'),
  } as never
}

export function deliveryStore(db: Db): DeliveryStore {
  const one = (delivery: Pick<Delivery, 'webhookId' | 'eventId'>) =>
    and(eq(deliveries.webhookId, delivery.webhookId), eq(deliveries.eventId, delivery.eventId))
  const isDue = (now: number) => and(eq(deliveries.state, 'pending'), lte(deliveries.nextAttemptAt, now))
  return {
    find: async (webhookId, eventId) => (await db.select().from(deliveries).where(one({ webhookId, eventId: eventId as Delivery['eventId'] })).get()) ?? null,
    async list(webhookId, { state, type }, { offset, limit }) {
      const wanted = and(
        eq(deliveries.webhookId, webhookId),
        state ? eq(deliveries.state, state) : undefined,
        type ? eq(events.type, type) : undefined,
      )
      const [items, totals] = await Promise.all([
        db
          .select({ ...getTableColumns(deliveries), type: events.type })
          .from(deliveries)
          .innerJoin(events, eq(events.id, deliveries.eventId))
          .where(wanted)
          .orderBy(desc(deliveries.eventId))
          .limit(limit)
          .offset(offset),
        db.select({ total: count() }).from(deliveries).innerJoin(events, eq(events.id, deliveries.eventId)).where(wanted),
      ])
      return { items, total: totals[0]?.total ?? 0 }
    },
    async webhooksDue(now, limit) {
      const rows = await db
        .selectDistinct({ id: deliveries.webhookId })
        .from(deliveries)
        .where(isDue(now))
        .limit(limit)
      return rows.map(({ id }) => id)
    },
    async due(webhookId, now, limit) {
      const rows = await db
        .select()
        .from(deliveries)
        .innerJoin(webhooks, eq(webhooks.id, deliveries.webhookId))
        .innerJoin(events, eq(events.id, deliveries.eventId))
        .where(and(eq(deliveries.webhookId, webhookId), isDue(now)))
        // What one commit wrote goes in the order it was written.
        .orderBy(asc(deliveries.nextAttemptAt), sql`${deliveries}.rowid`)
        .limit(limit)
      return rows.map((row) => ({ delivery: row.deliveries, webhook: row.webhooks, event: row.events }))
    },
    nextDue: async (webhookId, now) =>
      (
        await db
          .select({ at: min(deliveries.nextAttemptAt) })
          .from(deliveries)
          .where(and(eq(deliveries.webhookId, webhookId), eq(deliveries.state, 'pending'), gt(deliveries.nextAttemptAt, now)))
          .get()
      )?.at ?? null,
    save: ({ state, attempts, tries, nextAttemptAt, ...delivery }) =>
      write(db.update(deliveries).set({ state, attempts, tries, nextAttemptAt }).where(one(delivery))),
    askAgain: (delivery, now) => telling(db.update(deliveries).set({ state: 'pending', tries: 0, nextAttemptAt: now }).where(one(delivery))),
    recover: (webhook, since, now) =>
      telling(
        db
          .insert(deliveries)
          .select(
            db
              .select(freshDelivery(events.id, sql`${webhook.id}`, events.accountId, now))
              .from(events)
              .where(
                and(
                  eq(events.accountId, webhook.accountId),
                  gte(events.createdAt, since),
                  webhook.events.length > 0 ? inArray(events.type, webhook.events) : ne(events.type, 'webhook.test'),
                ),
              ),
          )
          .onConflictDoNothing(),
        db
          .update(deliveries)
          .set({ state: 'pending', tries: 0, nextAttemptAt: now })
          .where(
            and(
              eq(deliveries.webhookId, webhook.id),
              sql`${deliveries.state} IN ('failed', 'dropped')`,
              sql`${deliveries.eventId} IN (SELECT id FROM events WHERE account_id = ${webhook.accountId} AND created_at >= ${since})`,
            ),
          ),
      ),
    async forgetOld(before, limit) {
      await db.run(sql`DELETE FROM deliveries WHERE rowid IN (SELECT rowid FROM deliveries WHERE state <> 'pending' AND created_at < ${before} LIMIT ${limit})`)
    },
  }
}
