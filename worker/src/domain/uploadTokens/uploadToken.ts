import type { AccountId, Id, VideoId } from '@avocet/shared/ids'

/** Lets a browser upload into an account, and nothing else: no API key need reach it. */
export interface UploadToken {
  id: Id<'uploadToken'>
  accountId: AccountId
  name: string
  tokenHash: string
  sealedToken: string
  /** The one video it may give a source to; null: each upload makes a video. */
  videoId: VideoId | null
  /** Most bytes of one upload; null: the site's own limit. */
  maxBytes: number | null
  /** Uploads it may begin; null: as many as wanted. */
  maxUploads: number | null
  /** Uploads begun. `save` does not exist: only `use` raises it. */
  uploads: number
  /** What was asked for; null: it never ends. */
  ttlSeconds: number | null
  /** From then on no upload can be begun. Those under way can still be finished. */
  expiresAt: number | null
  createdAt: number
}

/** The spelling of an upload token; also for secret scanners. Dialects may respell the digits. */
export const UPLOAD_TOKEN = /^upt_[0-9a-f]{32}$/

export interface UploadTokenQuery {
  sort: 'created_at' | '-created_at' | 'ttl' | '-ttl'
  /** Only those that have not ended by then; null: all that are kept. */
  activeAt: number | null
}
