import type { AccountId, Id, VideoId } from '@avocet/shared/ids'
import type { EmbedTerms } from './embedTerms.ts'

/** What a credential beside a video's own token allows, whoever minted it: we (a row), or a customer (a signed token). */
export interface EmbedRights extends EmbedTerms {
  /** Names the credential in limits and revocations: a minted token's id, or `{signing key}.{jti}`. */
  id: string
  accountId: AccountId
  videoId: VideoId
  startsAt: number | null
  expiresAt: number | null
  revokedAt: number | null
  /** When it was minted. */
  createdAt: number
}

/** A minted, revocable credential for one video. The video's own token is not one of these: it stands on the video. */
export interface EmbedToken extends EmbedRights {
  id: Id<'embedToken'>
  /** 32 hex; stands in watch addresses. */
  token: string
}

/** The spelling of embed tokens. */
export const EMBED_TOKEN = /^[0-9a-f]{32}$/
/** That of tokens customers sign: a compact JWS. */
export const SIGNED_TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+$/
