/** Tables of schema.ts's kind: uploads, their chunks, the tokens browsers upload with, and imports. */
import type { AccountId, AssetId, Id, UploadId, VideoId } from '@avocet/shared/ids'
import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'

export const uploads = sqliteTable('uploads', {
  id: text('id').$type<UploadId>().primaryKey(),
  accountId: text('account_id').$type<AccountId>().notNull(),
  videoId: text('video_id').$type<VideoId>().notNull(),
  assetId: text('asset_id').$type<AssetId>().notNull(),
  filename: text('filename').notNull(),
  title: text('title').notNull(),
  sizeBytes: integer('size_bytes').notNull(),
  chunkBytes: integer('chunk_bytes').notNull(),
  chunkCount: integer('chunk_count').notNull(),
  multipartId: text('multipart_id').notNull(),
  state: text('state').$type<'open' | 'completing' | 'completed' | 'aborted' | 'expired' | 'failed'>().notNull(),
  completingAt: integer('completing_at'),
  createdAt: integer('created_at').notNull(),
  expiresAt: integer('expires_at').notNull(),
  version: integer('version').notNull().default(1),
  uploadTokenId: text('upload_token_id').$type<Id<'uploadToken'>>(),
  fills: integer('fills', { mode: 'boolean' }).notNull().default(false),
  sha256: text('sha256'),
})

export const uploadParts = sqliteTable(
  'upload_parts',
  {
    uploadId: text('upload_id').$type<UploadId>().notNull(),
    chunkIndex: integer('chunk_index').notNull(),
    sizeBytes: integer('size_bytes').notNull(),
    etag: text('etag').notNull(),
    sha256: text('sha256').notNull(),
    storedAt: integer('stored_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.uploadId, table.chunkIndex] })],
)

export const uploadTokens = sqliteTable('upload_tokens', {
  id: text('id').$type<Id<'uploadToken'>>().primaryKey(),
  accountId: text('account_id').$type<AccountId>().notNull(),
  name: text('name').notNull().default(''),
  tokenHash: text('token_hash').notNull(),
  sealedToken: text('sealed_token').notNull(),
  videoId: text('video_id').$type<VideoId>(),
  maxBytes: integer('max_bytes'),
  maxUploads: integer('max_uploads'),
  uploads: integer('uploads').notNull().default(0),
  ttlSeconds: integer('ttl_seconds'),
  expiresAt: integer('expires_at'),
  createdAt: integer('created_at').notNull(),
})

export const imports = sqliteTable('imports', {
  id: text('id').$type<Id<'import'>>().primaryKey(),
  accountId: text('account_id').$type<AccountId>().notNull(),
  videoId: text('video_id').$type<VideoId>().notNull(),
  uploadId: text('upload_id').$type<UploadId>(),
  sealedUrl: text('sealed_url').notNull(),
  host: text('host').notNull(),
  state: text('state').$type<'fetching' | 'completed' | 'failed' | 'cancelled'>().notNull(),
  validator: text('validator'),
  ranges: integer('ranges', { mode: 'boolean' }).notNull().default(false),
  tries: integer('tries').notNull().default(0),
  nextAttemptAt: integer('next_attempt_at').notNull(),
  errorReason: text('error_reason'),
  errorMessage: text('error_message'),
  createdAt: integer('created_at').notNull(),
  endedAt: integer('ended_at'),
  version: integer('version').notNull().default(1),
})
