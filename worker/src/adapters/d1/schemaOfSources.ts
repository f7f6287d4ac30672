/** Tables of schema.ts's kind: files that come in parts of any size. */
import type { AccountId, AssetId, VideoId } from '@avocet/shared/ids'
import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { Intake } from '../../domain/sources/source.ts'

export const intakes = sqliteTable('intakes', {
  videoId: text('video_id').$type<VideoId>().primaryKey(),
  accountId: text('account_id').$type<AccountId>().notNull(),
  assetId: text('asset_id').$type<AssetId>().notNull(),
  filename: text('filename').notNull(),
  style: text('style').$type<Intake['style']>().notNull(),
  total: integer('total'),
  createdAt: integer('created_at').notNull(),
  expiresAt: integer('expires_at').notNull(),
})

export const sourceParts = sqliteTable(
  'source_parts',
  {
    assetId: text('asset_id').$type<AssetId>().notNull(),
    position: integer('position').notNull(),
    name: text('name').notNull(),
    sizeBytes: integer('size_bytes').notNull(),
    sha256: text('sha256').notNull(),
  },
  (table) => [primaryKey({ columns: [table.assetId, table.position] })],
)
