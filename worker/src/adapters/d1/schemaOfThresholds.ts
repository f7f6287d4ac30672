/** The table of passed view thresholds as Drizzle sees it; the rest is in schema.ts. */
import type { Id, VideoId } from '@avocet/shared/ids'
import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'

export const passedThresholds = sqliteTable(
  'passed_thresholds',
  {
    webhookId: text('webhook_id').$type<Id<'webhook'>>().notNull(),
    videoId: text('video_id').$type<VideoId>().notNull(),
    threshold: integer('threshold').notNull(),
  },
  (table) => [primaryKey({ columns: [table.webhookId, table.videoId, table.threshold] })],
)
