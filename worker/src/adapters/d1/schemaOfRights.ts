/** Tables of schema.ts's kind: keys customers sign embed tokens with, and revocations. */
import type { AccountId, Id } from '@avocet/shared/ids'
import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { Revocation } from '../../domain/embeds/revocation.ts'
import type { SigningAlgorithm } from '../../domain/signingKeys/signingKey.ts'

export const signingKeys = sqliteTable('signing_keys', {
  id: text('id').$type<Id<'signingKey'>>().primaryKey(),
  accountId: text('account_id').$type<AccountId>().notNull(),
  name: text('name').notNull(),
  algorithm: text('algorithm').$type<SigningAlgorithm>().notNull(),
  publicKey: text('public_key'),
  sealedSecret: text('sealed_secret'),
  retiresAt: integer('retires_at'),
  revokedAt: integer('revoked_at'),
  createdAt: integer('created_at').notNull(),
})

export const revocations = sqliteTable(
  'revocations',
  {
    accountId: text('account_id').$type<AccountId>().notNull(),
    kind: text('kind').$type<Revocation['kind']>().notNull(),
    subject: text('subject').notNull(),
    revokedAt: integer('revoked_at').notNull(),
    version: integer('version'),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.kind, table.subject] })],
)

export const usedTokens = sqliteTable('used_tokens', {
  id: text('id').primaryKey(),
  expiresAt: integer('expires_at').notNull(),
})
