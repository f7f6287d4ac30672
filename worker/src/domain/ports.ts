/**
 * What operations may ask of the world. deps.ts joins each port to its adapter; nothing else does.
 *
 * Reads return domain values. Changes are `Write`s: descriptions that do nothing until `commit` runs them as one atomic batch.
 * "Guarded" writes make the whole commit fail with Fault('conflict') when the row is not in the state they were computed from.
 */
import type { IdKind, Id, AccountId, AssetId, EncodeId, VideoId } from '@avocet/shared/ids'
import type { MediaInfo } from '@avocet/shared/encode'
import type { Listing, Slice } from '@avocet/shared/page'
import type { Account, User } from './accounts/account.ts'
import type { Asset } from './assets/asset.ts'
import type { ApiKey, RateLimits } from './credentials/apiKey.ts'
import type { Encode } from './encodes/encode.ts'
import type { AgentStore, EncodeStore, JobStore } from './fleet.ts'
import type { EmbedStore, EmbedTokenStore, RevocationStore, SigningKeyStore } from './rights.ts'
import type { Importers, ImportStore, UploadStore, UploadTokenStore } from './ingest.ts'
import type { DeliveryStore, EventStore, ThresholdStore, WebhookStore } from './outbox.ts'
import type { Addresses, EmbedSignatures, ObjectStore, Crypto, PasswordHasher, TokenSigner, CaptionParser, Dispatcher, RateLimiter, Viewers, Couriers, Outbound, Sealer, IdempotencyStore, UsedTokenStore } from './platform.ts'
import type { LiveStreamStore } from './live/liveStream.ts'
import type { PresetStore } from './presets/preset.ts'
import type { SourceStore } from './sources/source.ts'
import type { Track } from './tracks/track.ts'
import type { Audiences, AuditLogs, Telemetry, UsageStore } from './usage.ts'
import type { Spellings } from './webhooks/spelling.ts'
import type { TagCount, Video, VideoQuery } from './videos/video.ts'

/** One or more statements of a commit; opaque to operations. */
export interface Write {
  readonly write: unknown
  /** Somebody may be waiting to be told: see domain/webhooks/wakeCouriers.ts. */
  readonly tells?: boolean
}

export interface AccountStore {
  find(id: AccountId): Promise<Account | null>
  /** The account of the first boot, or null before it. */
  first(): Promise<{ account: Account; claimed: boolean } | null>
  /** Not suspended. */
  add(account: Omit<Account, 'suspendedAt'>): Write
  /** Marks the site's first account; a second one fails the commit with `conflict`. */
  addSite(accountId: AccountId): Write
  /** Claims the site for its first admin; fails with `conflict` when already claimed. */
  claimSite(userId: Id<'user'>): Write
  /** Reserves bytes of the quota; the commit fails with `quota_exceeded` when used + reserved would pass it. */
  reserve(id: AccountId, bytes: number): Write
  /** Gives a reservation back. */
  unreserve(id: AccountId, bytes: number): Write
  /** Turns a reservation into use. */
  useReserved(id: AccountId, bytes: number): Write
  setSettings(id: AccountId, settings: Pick<Account, 'encodeProfile' | 'queryKeyAllowed'>): Write
  setSuspended(id: AccountId, at: number | null): Write
  /** Gives used bytes back. */
  free(id: AccountId, bytes: number): Write
}

export interface UserStore {
  findByEmail(email: string): Promise<User | null>
  /** With since when the account is suspended. */
  find(id: Id<'user'>): Promise<(User & Pick<Account, 'suspendedAt'>) | null>
  add(user: User): Write
  setPassword(id: Id<'user'>, passwordHash: string, sessionVersion: number): Write
}

export interface ApiKeyStore {
  /** Any state; the caller checks expiry, revocation and the account's own. At most one round trip; may be 5 s old. */
  findByHash(keyHash: string): Promise<({ key: ApiKey } & Pick<Account, 'queryKeyAllowed' | 'suspendedAt'>) | null>
  find(accountId: AccountId, id: string): Promise<ApiKey | null>
  list(accountId: AccountId, slice: Slice): Promise<Listing<ApiKey>>
  add(key: ApiKey): Write
  revoke(key: ApiKey, at: number): Write
  touch(key: ApiKey, at: number): Write
  /** A key whoever's it is, for the operator. */
  findAny(id: string): Promise<ApiKey | null>
  /** In force everywhere within 5 s. */
  setRateLimits(key: ApiKey, limits: RateLimits | null): Write
}

/** All that one answer about a video needs, in one round trip. */
export interface VideoDetail {
  video: Video
  asset: Asset
  /** The asset's current encode, else its newest. */
  encode: Encode | null
}

export interface VideoStore {
  find(accountId: AccountId, id: string): Promise<Video | null>
  findDetail(accountId: AccountId, id: string): Promise<VideoDetail | null>
  /** A video whoever's it is, for viewers. */
  findAny(id: VideoId): Promise<Video | null>
  list(accountId: AccountId, query: VideoQuery, slice: Slice): Promise<Listing<VideoDetail>>
  /** Every tag of the account's videos, at most 10,000, with how many carry it; by tag. */
  countTags(accountId: AccountId): Promise<TagCount[]>
  add(video: Video): Write
  /** Guarded by `version`, which it raises. Never writes `views`. */
  save(video: Video): Write
  /** Sets status and error of every live video on an asset (a clone is a second video on it). */
  setStatusByAsset(assetId: AssetId, status: Video['status'], error: { reason: string; message: string } | null, at: number): Write
  /** Puts a video that awaits its source on the asset that has it. Guarded: it is not deleted and still stands on `from`. */
  setSource(id: VideoId, from: AssetId, to: AssetId, at: number): Write
  setOriginByAsset(assetId: AssetId, origin: Video['origin']): Write
  listByAsset(assetId: AssetId): Promise<Video[]>
  /** Deleted videos whose objects still await removal, oldest first. */
  listDeleted(before: number, limit: number): Promise<Video[]>
  /** Forgets a deleted video's row and its tracks and tokens. */
  remove(id: VideoId): Write
  totals(accountId: AccountId): Promise<{ videos: number; views: number; byStatus: Record<Video['status'], number> }>
}

export interface AssetStore {
  find(id: AssetId): Promise<Asset | null>
  /** Assets of the whole site in the order of their ids, from behind one. */
  listAfter(after: string, limit: number): Promise<Asset[]>
  add(asset: Asset): Write
  setMedia(id: AssetId, media: MediaInfo): Write
  setCurrentEncode(id: AssetId, encodeId: EncodeId): Write
  /** Removes the asset with its encodes, chunks and jobs, if no video stands on it any more. */
  remove(id: AssetId): Write
}

export interface TrackStore {
  find(accountId: AccountId, videoId: string, id: string): Promise<Track | null>
  listByVideo(accountId: AccountId, videoId: string): Promise<Track[]>
  /** Adds, or replaces the track of the same kind and language. A default one becomes the only default of its video. */
  put(track: Track): Write
  remove(track: Track): Write
}

export interface Config {
  /** Origin for links, no trailing slash. */
  publicUrl: string
  /** Where `/m/...` is served from; '' for this origin. */
  mediaBaseUrl: string
  setupCode: string | null
  operatorToken: string | null
  maxUploadBytes: number
  directUploadMaxBytes: number
  accountQuotaBytes: number
  /** Life of a playback token; players renew it on the way. */
  playbackTokenSeconds: number
  /** Whether the platform tells viewers' countries. */
  countriesKnown: boolean
  /** A video's numbers are written to the database at most so often. */
  usageFlushSeconds: number
  /** Customers' addresses may lie in private networks: the operator of one machine says so. */
  outboundAnywhere: boolean
  /** How long an agent holds a job after its claim or last heartbeat. */
  leaseMs: number
}

export interface Deps {
  config: Config
  now(): number
  newId<K extends IdKind>(kind: K): Id<K>
  commit(writes: readonly Write[]): Promise<void>
  /** Goes on after the answer; its failure is logged, never seen by the caller. */
  defer(work: Promise<unknown>): void

  accounts: AccountStore
  users: UserStore
  apiKeys: ApiKeyStore
  videos: VideoStore
  assets: AssetStore
  uploads: UploadStore
  uploadTokens: UploadTokenStore
  imports: ImportStore
  encodes: EncodeStore
  jobs: JobStore
  agents: AgentStore
  embedTokens: EmbedTokenStore
  embeds: EmbedStore
  revocations: RevocationStore
  signingKeys: SigningKeyStore
  tracks: TrackStore
  presets: PresetStore
  liveStreams: LiveStreamStore
  events: EventStore
  webhooks: WebhookStore
  spellings: Spellings
  deliveries: DeliveryStore
  thresholds: ThresholdStore

  objects: ObjectStore
  crypto: Crypto
  passwords: PasswordHasher
  tokens: TokenSigner
  embedSignatures: EmbedSignatures
  addresses: Addresses
  viewers: Viewers
  captions: CaptionParser
  dispatcher: Dispatcher
  telemetry: Telemetry
  usage: UsageStore
  audiences: Audiences
  auditLogs: AuditLogs
  couriers: Couriers
  importers: Importers
  outbound: Outbound
  seals: Sealer
  sources: SourceStore
  idempotency: IdempotencyStore
  usedTokens: UsedTokenStore
  limiter: RateLimiter
}
