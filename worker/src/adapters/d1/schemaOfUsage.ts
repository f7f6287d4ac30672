/** The tables of usage as Drizzle sees them; the rest is in schema.ts. */
import type { AccountId, VideoId } from '@avocet/shared/ids'
import { integer, primaryKey, real, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { Rollup } from '../../domain/analytics/rollup.ts'

export const usageDays = sqliteTable(
  'usage_days',
  {
    videoId: text('video_id').$type<VideoId>().notNull(),
    day: integer('day').notNull(),
    accountId: text('account_id').$type<AccountId>().notNull(),
    views: integer('views').notNull(),
    playedSeconds: real('played_seconds').notNull(),
    bytes: integer('bytes').notNull(),
    version: integer('version').notNull(),
    data: text('data', { mode: 'json' }).$type<Rollup>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.videoId, table.day] })],
)

/** What the trigger adds up of an account's rollups (migrations/0025): by part and name. */
export type AccountDayData = Partial<Record<string, Record<string, number>>>

export const usageAccounts = sqliteTable(
  'usage_accounts',
  {
    accountId: text('account_id').$type<AccountId>().notNull(),
    day: integer('day').notNull(),
    views: integer('views').notNull().default(0),
    playedSeconds: real('played_seconds').notNull().default(0),
    bytes: integer('bytes').notNull().default(0),
    data: text('data', { mode: 'json' }).$type<AccountDayData>().notNull().default({}),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.day] })],
)
