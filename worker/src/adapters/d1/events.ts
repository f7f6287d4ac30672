import type { Id } from '@avocet/shared/ids'
import type { EventStore } from '../../domain/ports.ts'
import { events } from './schema.ts'
import { type Db, write } from './write.ts'

/** Outbox rows. `newId` and `now` come in because an event is made by the store, not by the operation that tells of it. */
export function eventStore(db: Db, newId: () => Id<'event'>, now: () => number): EventStore {
  return {
    add: (accountId, type, videoId, data = {}) => write(db.insert(events).values({ id: newId(), accountId, type, videoId, data, createdAt: now() })),
  }
}
