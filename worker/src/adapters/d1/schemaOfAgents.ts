/** Tables of schema.ts's kind: transcoder hosts and the codes they enrol with. */
import type { AgentCapabilities } from '@avocet/shared/agent'
import type { AgentId } from '@avocet/shared/ids'
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

export const agents = sqliteTable('agents', {
  id: text('id').$type<AgentId>().primaryKey(),
  name: text('name').notNull(),
  credentialHash: text('credential_hash').notNull(),
  bootId: text('boot_id').notNull(),
  capabilities: text('capabilities', { mode: 'json' }).$type<AgentCapabilities>().notNull(),
  protocol: integer('protocol').notNull().default(1),
  draining: integer('draining', { mode: 'boolean' }).notNull().default(false),
  lastSeenAt: integer('last_seen_at').notNull(),
  createdAt: integer('created_at').notNull(),
})

export const enrolments = sqliteTable('enrolments', {
  codeHash: text('code_hash').primaryKey(),
  expiresAt: integer('expires_at').notNull(),
  usedAt: integer('used_at'),
  createdAt: integer('created_at').notNull(),
})
