import type { AccountId, AssetId, Id, JobId, VideoId } from '@avocet/shared/ids'
import type { ImageFacts } from '../images/cleanImage.ts'

/** A poster its owner chose. */
export interface VideoPoster {
  /** The moment of the video that is to be shown; null for an uploaded image. */
  atSeconds: number | null
  /** Null while the frame is not made. */
  image: PosterImage | null
  /** The work that makes it, the only one whose result counts; null when none is begun. */
  jobId: JobId | null
}
export interface PosterImage {
  key: string
  type: ImageFacts['type']
  widthPx: number
  heightPx: number
}

/** What people title, place, share and lock. Its bytes are its asset's. */
export interface Video {
  id: VideoId
  accountId: AccountId
  assetId: AssetId
  /** How its source came, or is coming: an import that ends without one leaves `upload`, which may still come. */
  origin: 'upload' | 'import' | 'copy'
  title: string
  description: string
  /** public: the video's own embed token plays. private: only minted embed tokens do. */
  visibility: 'public' | 'private'
  /** Empty: anywhere. See domain/playback/domains.ts. */
  allowedDomains: string[]
  /** With a domain list: whether a page load without Referer passes. */
  allowNoReferrer: boolean
  presetId: Id<'preset'> | null
  tags: string[]
  /** In the order given; keys may repeat no more than once. */
  metadata: Metadatum[]
  /** A 360 degree picture; kept for players that show it so. */
  panoramic: boolean
  /** Whether it may be had as one MP4 file. */
  downloadable: boolean
  /** The video's own, never-expiring embed token: 32 hex. */
  embedToken: string
  /** Null: the one that was made with the encode. */
  poster: VideoPoster | null
  status: 'processing' | 'ready' | 'failed'
  errorReason: string | null
  errorMessage: string | null
  /** Kept by telemetry batches; `save` never writes it. */
  views: number
  createdAt: number
  updatedAt: number
  deletedAt: number | null
  version: number
}

/** What customers note of a video, for themselves. */
export interface Metadatum {
  key: string
  value: string
}

export interface TagCount {
  tag: string
  videos: number
}

export type VideoSort = `${'' | '-'}${'created_at' | 'updated_at' | 'title'}`

export interface VideoQuery {
  search: string | null
  /** Contained in the description, without case. */
  description?: string | null
  status: Video['status'] | null
  /** All of them. */
  tags?: readonly string[]
  /** All of them. */
  metadata?: readonly Metadatum[]
  sort: VideoSort
}
