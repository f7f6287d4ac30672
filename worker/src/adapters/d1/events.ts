import type { Id } from '@avocet/shared/ids'
import { and, eq, isNull, sql } from 'drizzle-orm'
import type { EventStore } from '../../domain/outbox.ts'
import { freshDelivery } from './deliveries.ts'
import { deliveries, events, webhooks } from './schema.ts'
import { type Db, telling } from './write.ts'

/**
 * Outbox rows: an event, and a delivery for each webhook that wants it, in the batch of the change they tell of. `newId` and `now` come
 * in because an event is made by the store, not by the operation that tells of it.
 */
export function eventStore(db: Db, newId: () => Id<'event'>, now: () => number): EventStore {
  return {
    add(accountId, type, videoId, data = {}) {
      const event = { id: newId(), accountId, type, videoId, data: { video_id: videoId, ...data }, createdAt: now() }
      const wanting = and(
        eq(webhooks.accountId, accountId),
        isNull(webhooks.disabledAt),
        sql`(${webhooks.events} = '[]' OR EXISTS (SELECT 1 FROM json_each(${webhooks.events}) WHERE value = ${type}))`,
      )
      const toAll = db.select(freshDelivery(sql`${event.id}`, webhooks.id, webhooks.accountId, event.createdAt)).from(webhooks).where(wanting)
      return telling(db.insert(events).values(event), db.insert(deliveries).select(toAll))
    },
    addFor(webhookId, accountId, type, data) {
      const event = { id: newId(), accountId, type, videoId: null, data, createdAt: now() }
      const delivery = { eventId: event.id, webhookId, accountId, state: 'pending' as const, nextAttemptAt: event.createdAt, createdAt: event.createdAt }
      return { eventId: event.id, write: telling(db.insert(events).values(event), db.insert(deliveries).values(delivery)) }
    },
  }
}
