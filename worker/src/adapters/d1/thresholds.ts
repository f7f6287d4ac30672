import { sql } from 'drizzle-orm'
import type { ThresholdStore } from '../../domain/outbox.ts'
import { passedThresholds } from './schemaOfThresholds.ts'
import { videos, webhooks } from './schema.ts'
import { type Db, write } from './write.ts'

export function thresholdStore(db: Db): ThresholdStore {
  return {
    reached: (videoId) =>
      db.all(sql`
        SELECT ${webhooks.id} AS "webhookId", ${webhooks.accountId} AS "accountId", t.value AS "threshold", ${videos.views} AS "views"
        FROM ${videos} JOIN ${webhooks} ON ${webhooks.accountId} = ${videos.accountId}, json_each(${webhooks.viewThresholds}) t
        WHERE ${videos.id} = ${videoId} AND ${videos.deletedAt} IS NULL AND ${webhooks.disabledAt} IS NULL AND ${videos.views} >= t.value
          AND (${webhooks.events} = '[]' OR EXISTS (SELECT 1 FROM json_each(${webhooks.events}) e WHERE e.value = 'view.threshold'))
          AND NOT EXISTS (SELECT 1 FROM ${passedThresholds} p WHERE p.webhook_id = ${webhooks.id} AND p.video_id = ${videos.id} AND p.threshold = t.value)
        ORDER BY t.value, ${webhooks.id} LIMIT 30`),
    passed: (passed) => write(db.insert(passedThresholds).values(passed)),
    passedAlready: ({ id, accountId, viewThresholds }) =>
      write(
        db
          .insert(passedThresholds)
          .select(
            sql`SELECT ${id}, ${videos.id}, t.value FROM ${videos}, json_each(${JSON.stringify(viewThresholds)}) t WHERE ${videos.accountId} = ${accountId} AND ${videos.views} >= t.value`,
          )
          .onConflictDoNothing(),
      ),
  }
}
