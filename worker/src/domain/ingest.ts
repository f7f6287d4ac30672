/** Ports of how sources come in: uploads, the tokens they may be made with, imports. The rest is in ports.ts. */
import type { AccountId, AssetId, UploadId, VideoId } from '@avocet/shared/ids'
import type { Listing, Slice } from '@avocet/shared/page'
import type { Account } from './accounts/account.ts'
import type { Import, ImportId, ImportProgress } from './imports/import.ts'
import type { Write } from './ports.ts'
import type { Upload, UploadPart } from './uploads/upload.ts'
import type { UploadToken, UploadTokenQuery } from './uploadTokens/uploadToken.ts'

export interface UploadStore {
  find(accountId: AccountId, id: string): Promise<Upload | null>
  parts(id: UploadId): Promise<UploadPart[]>
  /** What a client said the digest of an asset's source is; null when none did. */
  saidSha256(assetId: AssetId): Promise<string | null>
  part(id: UploadId, chunkIndex: number): Promise<UploadPart | null>
  add(upload: Upload): Write
  /** Guarded by `version`, which it raises. Never writes `expiresAt`. */
  save(upload: Upload): Write
  /** Ends an upload; guarded by `version` and by its expiry: one that received a chunk in between lives on. */
  expire(upload: Upload, now: number): Write
  /**
   * Records a chunk, at once and atomically, only while the upload is open, and keeps the upload alive until `expiresAt` (to the hour).
   * Same digest: the later `storedAt` wins. Another digest: both are forgotten, for only the object store knows whose bytes it holds.
   */
  putPart(part: UploadPart, expiresAt: number): Promise<'stored' | 'conflict' | 'closed'>
  forgetParts(id: UploadId): Write
  /** Uploads of an account that have not ended. */
  countOpen(accountId: AccountId): Promise<number>
  /** Open uploads past their expiry, oldest first. */
  listExpired(now: number, limit: number): Promise<Upload[]>
  /** Completions begun before an instant and not ended, oldest first. */
  listStalled(before: number, limit: number): Promise<Upload[]>
}

export interface UploadTokenStore {
  find(accountId: AccountId, id: string): Promise<UploadToken | null>
  /** Of any account, ended or not. */
  /** With since when the account is suspended. */
  findByHash(tokenHash: string): Promise<(UploadToken & Pick<Account, 'suspendedAt'>) | null>
  list(accountId: AccountId, query: UploadTokenQuery, slice: Slice): Promise<Listing<UploadToken>>
  add(token: UploadToken): Write
  /** Counts an upload begun. Guarded: the token is there, has not ended and is not used up. */
  use(id: UploadToken['id'], now: number): Write
  remove(id: UploadToken['id']): Write
  /** Forgets tokens that ended before an instant. */
  forgetEnded(before: number, limit: number): Promise<void>
}

export interface ImportStore {
  /** Of any account. */
  findAny(id: ImportId): Promise<Import | null>
  /** The newest of each of some videos. */
  latest(accountId: AccountId, videos: readonly VideoId[]): Promise<ImportProgress[]>
  countRunning(accountId: AccountId): Promise<number>
  add(ingest: Import): Write
  /** Guarded by `version`, which it raises. */
  save(ingest: Import): Write
  /** Running imports whose next run is due, oldest first. */
  listDue(now: number, limit: number): Promise<ImportId[]>
}

/** One for each import, bringing it forward. May be woken late, again, or not at all: the Janitor does it too. */
export interface Importers {
  wake(ids: readonly ImportId[]): Promise<void>
}
