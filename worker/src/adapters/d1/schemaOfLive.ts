/** Tables of schema.ts's kind: live streams. */
import type { AccountId, Id } from '@avocet/shared/ids'
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { LiveImage, SealedRestream } from '../../domain/live/liveStream.ts'

export const liveStreams = sqliteTable('live_streams', {
  id: text('id').$type<Id<'liveStream'>>().primaryKey(),
  accountId: text('account_id').$type<AccountId>().notNull(),
  name: text('name').notNull(),
  visibility: text('visibility').$type<'public' | 'private'>().notNull(),
  presetId: text('preset_id').$type<Id<'preset'>>(),
  record: integer('record', { mode: 'boolean' }).notNull().default(false),
  streamKeyHash: text('stream_key_hash').notNull(),
  sealedStreamKey: text('sealed_stream_key').notNull(),
  restreams: text('restreams', { mode: 'json' }).$type<SealedRestream[]>().notNull().default([]),
  thumbnail: text('thumbnail', { mode: 'json' }).$type<LiveImage>(),
  createdAt: integer('created_at').notNull(),
  updatedAt: integer('updated_at').notNull(),
  version: integer('version').notNull().default(1),
})
