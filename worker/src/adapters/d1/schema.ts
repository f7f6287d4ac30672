/** The tables of migrations/ as Drizzle sees them. test/adapters/schema.test.ts compares the two column by column. */
import { type ChunkManifest, DEFAULT_PROFILE, type EncodeDownload, type EncodeImages, type EncodePlan, type EncodeProfile, type MediaInfo } from '@avocet/shared/encode'
import type { AccountId, AgentId, AssetId, EncodeId, Id, JobId, VideoId } from '@avocet/shared/ids'
import type { JobKind } from '@avocet/shared/job'
import type { PresetSettings } from '@avocet/shared/preset'
import { integer, primaryKey, real, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { Outline } from '../../domain/encodes/encode.ts'
import type { Scope } from '../../domain/actor.ts'
import type { RateLimits } from '../../domain/credentials/apiKey.ts'
import type { Metadatum, VideoPoster } from '../../domain/videos/video.ts'
import type { Logo } from '../../domain/presets/preset.ts'
import type { Attempt, EventType } from '../../domain/webhooks/webhook.ts'

const bool = (name: string) => integer(name, { mode: 'boolean' })
const accountId = () => text('account_id').$type<AccountId>().notNull()
/** A list of words. */
const words = (name: string) => text(name, { mode: 'json' }).$type<string[]>().notNull().default([])
const createdAt = () => integer('created_at').notNull()
const version = () => integer('version').notNull().default(1)

export const accounts = sqliteTable('accounts', {
  id: text('id').$type<AccountId>().primaryKey(),
  name: text('name').notNull(),
  storageQuotaBytes: integer('storage_quota_bytes').notNull(),
  storageUsedBytes: integer('storage_used_bytes').notNull().default(0),
  storageReservedBytes: integer('storage_reserved_bytes').notNull().default(0),
  queryKeyAllowed: bool('query_key_allowed').notNull().default(true),
  encodeProfile: text('encode_profile', { mode: 'json' }).$type<EncodeProfile>().notNull().default(DEFAULT_PROFILE),
  createdAt: createdAt(),
  suspendedAt: integer('suspended_at'),
})

export const users = sqliteTable('users', {
  id: text('id').$type<Id<'user'>>().primaryKey(),
  accountId: accountId(),
  email: text('email').notNull(),
  name: text('name').notNull(),
  passwordHash: text('password_hash').notNull(),
  role: text('role').$type<'owner' | 'editor' | 'viewer'>().notNull(),
  siteAdmin: bool('site_admin').notNull().default(false),
  sessionVersion: integer('session_version').notNull().default(1),
  createdAt: createdAt(),
})

export const site = sqliteTable('site', {
  id: integer('id').primaryKey(),
  firstAccountId: text('first_account_id').$type<AccountId>().notNull(),
  claimedBy: text('claimed_by').$type<Id<'user'>>(),
})

export const apiKeys = sqliteTable('api_keys', {
  id: text('id').$type<Id<'apiKey'>>().primaryKey(),
  accountId: accountId(),
  name: text('name').notNull(),
  keyHash: text('key_hash').notNull(),
  keyPrefix: text('key_prefix').notNull(),
  scopes: text('scopes', { mode: 'json' }).$type<Scope[]>().notNull(),
  expiresAt: integer('expires_at'),
  lastUsedAt: integer('last_used_at'),
  revokedAt: integer('revoked_at'),
  createdAt: createdAt(),
  rateLimits: text('rate_limits', { mode: 'json' }).$type<RateLimits>(),
})

export const presets = sqliteTable('presets', {
  id: text('id').$type<Id<'preset'>>().primaryKey(),
  accountId: accountId(),
  name: text('name').notNull(),
  settings: text('settings', { mode: 'json' }).$type<PresetSettings>().notNull(),
  logo: text('logo', { mode: 'json' }).$type<Logo>(),
  createdAt: createdAt(),
  updatedAt: integer('updated_at').notNull(),
  version: version(),
})

export const assets = sqliteTable('assets', {
  id: text('id').$type<AssetId>().primaryKey(),
  accountId: accountId(),
  filename: text('filename').notNull(),
  sizeBytes: integer('size_bytes').notNull(),
  inParts: bool('in_parts').notNull().default(false),
  media: text('media', { mode: 'json' }).$type<MediaInfo>(),
  currentEncodeId: text('current_encode_id').$type<EncodeId>(),
  createdAt: createdAt(),
})

export const videos = sqliteTable('videos', {
  id: text('id').$type<VideoId>().primaryKey(),
  accountId: accountId(),
  assetId: text('asset_id').$type<AssetId>().notNull(),
  origin: text('origin').$type<'upload' | 'import' | 'copy'>().notNull().default('upload'),
  title: text('title').notNull(),
  description: text('description').notNull().default(''),
  visibility: text('visibility').$type<'public' | 'private'>().notNull(),
  allowedDomains: text('allowed_domains', { mode: 'json' }).$type<string[]>().notNull().default([]),
  allowNoReferrer: bool('allow_no_referrer').notNull().default(false),
  presetId: text('preset_id').$type<Id<'preset'>>(),
  tags: words('tags'),
  metadata: text('metadata', { mode: 'json' }).$type<Metadatum[]>().notNull().default([]),
  panoramic: bool('panoramic').notNull().default(false),
  downloadable: bool('downloadable').notNull().default(false),
  poster: text('poster', { mode: 'json' }).$type<VideoPoster>(),
  embedToken: text('embed_token').notNull(),
  status: text('status').$type<'processing' | 'ready' | 'failed'>().notNull(),
  errorReason: text('error_reason'),
  errorMessage: text('error_message'),
  views: integer('views').notNull().default(0),
  createdAt: createdAt(),
  updatedAt: integer('updated_at').notNull(),
  deletedAt: integer('deleted_at'),
  version: version(),
})

export const encodes = sqliteTable('encodes', {
  id: text('id').$type<EncodeId>().primaryKey(),
  accountId: accountId(),
  assetId: text('asset_id').$type<AssetId>().notNull(),
  state: text('state').$type<'planning' | 'encoding' | 'ready' | 'failed'>().notNull(),
  profile: text('profile', { mode: 'json' }).$type<EncodeProfile>(),
  encryption: text('encryption').$type<'aes-128' | 'none'>().notNull(),
  keySeed: text('key_seed').notNull(),
  plan: text('plan', { mode: 'json' }).$type<EncodePlan>(),
  images: text('images', { mode: 'json' }).$type<EncodeImages>(),
  download: text('download', { mode: 'json' }).$type<EncodeDownload>(),
  progress: real('progress').notNull().default(0),
  errorReason: text('error_reason'),
  errorMessage: text('error_message'),
  playableAt: integer('playable_at'),
  readyAt: integer('ready_at'),
  cleanedAt: integer('cleaned_at'),
  createdAt: createdAt(),
  version: version(),
})

export const chunks = sqliteTable(
  'chunks',
  {
    encodeId: text('encode_id').$type<EncodeId>().notNull(),
    stream: text('stream').notNull(),
    chunkIndex: integer('chunk_index').notNull(),
    epoch: integer('epoch').notNull(),
    complete: bool('complete').notNull(),
    manifest: text('manifest', { mode: 'json' }).$type<ChunkManifest>().notNull(),
    outline: text('outline', { mode: 'json' }).$type<Outline>().notNull().default({ frames: 0, renditions: {} }),
  },
  (table) => [primaryKey({ columns: [table.encodeId, table.stream, table.chunkIndex] })],
)

export const jobs = sqliteTable('jobs', {
  id: text('id').$type<JobId>().primaryKey(),
  accountId: accountId(),
  encodeId: text('encode_id').$type<EncodeId>().notNull(),
  kind: text('kind').$type<JobKind>().notNull(),
  stream: text('stream').notNull().default(''),
  chunkIndex: integer('chunk_index').notNull().default(0),
  priority: integer('priority').notNull(),
  rank: integer('rank').notNull().default(0),
  needs: text('needs'),
  state: text('state').$type<'queued' | 'leased' | 'done' | 'failed' | 'cancelled'>().notNull(),
  agentId: text('agent_id').$type<AgentId>(),
  epoch: integer('epoch').notNull().default(0),
  leaseUntil: integer('lease_until'),
  runAfter: integer('run_after').notNull(),
  attempts: integer('attempts').notNull().default(0),
  crashes: text('crashes', { mode: 'json' }).$type<AgentId[]>().notNull().default([]),
  progress: real('progress').notNull().default(0),
  speed: real('speed').notNull().default(0),
  error: text('error'),
  createdAt: createdAt(),
  finishedAt: integer('finished_at'),
})

export const embedTokens = sqliteTable('embed_tokens', {
  id: text('id').$type<Id<'embedToken'>>().primaryKey(),
  accountId: accountId(),
  videoId: text('video_id').$type<VideoId>().notNull(),
  token: text('token').notNull(),
  viewerId: text('viewer_id'),
  viewerName: text('viewer_name'),
  viewerVersion: integer('viewer_version').notNull().default(0),
  allowedDomains: words('allowed_domains'),
  maxSessions: integer('max_sessions'),
  maxViews: integer('max_views'),
  watermarkText: text('watermark_text'),
  allowedCountries: words('allowed_countries'),
  blockedCountries: words('blocked_countries'),
  allowedIps: words('allowed_ips'),
  startsAt: integer('starts_at'),
  expiresAt: integer('expires_at'),
  revokedAt: integer('revoked_at'),
  createdAt: createdAt(),
})

export const tracks = sqliteTable('tracks', {
  id: text('id').$type<Id<'track'>>().primaryKey(),
  accountId: accountId(),
  videoId: text('video_id').$type<VideoId>().notNull(),
  kind: text('kind').$type<'subtitles' | 'captions' | 'chapters'>().notNull(),
  language: text('language').notNull(),
  label: text('label').notNull(),
  isDefault: bool('is_default').notNull().default(false),
  objectKey: text('object_key').notNull(),
  sizeBytes: integer('size_bytes').notNull(),
  version: version(),
  createdAt: createdAt(),
})

export const events = sqliteTable('events', {
  id: text('id').$type<Id<'event'>>().primaryKey(),
  accountId: accountId(),
  type: text('type').$type<EventType>().notNull(),
  videoId: text('video_id').$type<VideoId>(),
  data: text('data', { mode: 'json' }).$type<Record<string, unknown>>().notNull(),
  createdAt: createdAt(),
})

export const webhooks = sqliteTable('webhooks', {
  id: text('id').$type<Id<'webhook'>>().primaryKey(),
  accountId: accountId(),
  url: text('url').notNull(),
  spelling: text('spelling').notNull().default('standard'),
  description: text('description').notNull().default(''),
  events: text('events', { mode: 'json' }).$type<EventType[]>().notNull().default([]),
  viewThresholds: text('view_thresholds', { mode: 'json' }).$type<number[]>().notNull().default([]),
  sealedSecret: text('sealed_secret').notNull(),
  previousSealedSecret: text('previous_sealed_secret'),
  previousUntil: integer('previous_until'),
  disabledAt: integer('disabled_at'),
  disabledReason: text('disabled_reason').$type<'owner' | 'gone' | 'failing'>(),
  failingSince: integer('failing_since'),
  createdAt: createdAt(),
  updatedAt: integer('updated_at').notNull(),
  version: version(),
})

export const deliveries = sqliteTable(
  'deliveries',
  {
    eventId: text('event_id').$type<Id<'event'>>().notNull(),
    webhookId: text('webhook_id').$type<Id<'webhook'>>().notNull(),
    accountId: accountId(),
    state: text('state').$type<'pending' | 'delivered' | 'failed' | 'dropped'>().notNull(),
    attempts: text('attempts', { mode: 'json' }).$type<Attempt[]>().notNull().default([]),
    tries: integer('tries').notNull().default(0),
    nextAttemptAt: integer('next_attempt_at').notNull(),
    createdAt: createdAt(),
  },
  (table) => [primaryKey({ columns: [table.webhookId, table.eventId] })],
)

export const idempotency = sqliteTable(
  'idempotency',
  {
    accountId: accountId(),
    key: text('key').notNull(),
    fingerprint: text('fingerprint').notNull(),
    sealedAnswer: text('sealed_answer'),
    startedAt: integer('started_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.key] })],
)
