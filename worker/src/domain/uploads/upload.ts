import type { AccountId, AssetId, UploadId, VideoId } from '@avocet/shared/ids'

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
  expiresAt: number
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
