import type { AccountId, AssetId, Id, UploadId, VideoId } from '@avocet/shared/ids'

/** A session of equal chunks (the last may be shorter) that becomes an asset and a video. Its ids are chosen at init, so `complete` can be repeated. */
export interface Upload {
  id: UploadId
  accountId: AccountId
  videoId: VideoId
  assetId: AssetId
  filename: string
  title: string
  sizeBytes: number
  chunkBytes: number
  chunkCount: number
  multipartId: string
  state: 'open' | 'completing' | 'completed' | 'aborted' | 'expired' | 'failed'
  completingAt: number | null
  createdAt: number
  /** Moved on by every chunk; see `expiryOf`. */
  expiresAt: number
  /** The token it was begun with: only that one, and credentials of the account, may go on with it. */
  uploadTokenId: Id<'uploadToken'> | null
  /** Whether the video was there before, awaiting its source; else it is made on completion. */
  fills: boolean
  /** What the client says the whole file's digest is, hex; null when it does not. Checked by the host that reads the file first. */
  sha256: string | null
  version: number
}

/** One stored chunk. `storedAt` is when the object store acknowledged it: of two writers of the same bytes the later one holds the valid etag. */
export interface UploadPart {
  uploadId: UploadId
  chunkIndex: number
  sizeBytes: number
  etag: string
  sha256: string
  storedAt: number
}

const HOUR_MS = 3600_000
const IDLE_MS = 24 * HOUR_MS
/** R2 drops an open multipart upload seven days after its beginning; we end it before. */
const LIFETIME_MS = 6 * 24 * HOUR_MS

/** When an upload that is used now ends: a day later, and six days after its beginning at the latest. */
export const expiryOf = (createdAt: number, now: number): number => Math.min(now + IDLE_MS, createdAt + LIFETIME_MS)
