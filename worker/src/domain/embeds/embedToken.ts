import type { AccountId, Id, VideoId } from '@avocet/shared/ids'

/** A minted, revocable credential for one video. The video's own token is not one of these: it stands on the video. */
export interface EmbedToken {
  id: Id<'embedToken'>
  accountId: AccountId
  videoId: VideoId
  /** 32 hex; stands in watch addresses. */
  token: string
  viewerId: string | null
  /** Narrows the video's list; empty adds nothing. */
  allowedDomains: string[]
  expiresAt: number | null
  revokedAt: number | null
  createdAt: number
}

/** The spelling of embed tokens. */
export const EMBED_TOKEN = /^[0-9a-f]{32}$/
