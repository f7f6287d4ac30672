/** What triggers count (migrations/0019); the rest is in schema.ts. */
import type { AccountId } from '@avocet/shared/ids'
import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { Video } from '../../domain/videos/video.ts'

export const videoCounts = sqliteTable(
  'video_counts',
  {
    accountId: text('account_id').$type<AccountId>().notNull(),
    status: text('status').$type<Video['status']>().notNull(),
    videos: integer('videos').notNull(),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.status] })],
)
