import { missing } from '@avocet/shared/fault'
import { type Actor, demand } from '../actor.ts'
import { parseAllowedDomain } from '../playback/domains.ts'
import type { Deps } from '../ports.ts'
import type { EmbedToken } from './embedToken.ts'

export interface EmbedTokenWish {
  videoId: string
  viewerId: string | null
  /** Null: until revoked. */
  expiresInSeconds: number | null
  allowedDomains: string[]
}

/** Mints a credential to play one video. Throws not_found `video_not_found`, bad_request `invalid_domain`. */
export async function createEmbedToken(deps: Deps, actor: Actor, wish: EmbedTokenWish): Promise<EmbedToken> {
  demand(actor, 'embeds:write')
  const video = (await deps.videos.find(actor.accountId, wish.videoId)) ?? missing('video')
  const now = deps.now()
  const token: EmbedToken = {
    id: deps.newId('embedToken'),
    accountId: actor.accountId,
    videoId: video.id,
    token: deps.crypto.randomHex(16),
    viewerId: wish.viewerId,
    allowedDomains: [...new Set(wish.allowedDomains.map(parseAllowedDomain))],
    expiresAt: wish.expiresInSeconds === null ? null : now + wish.expiresInSeconds * 1000,
    revokedAt: null,
    createdAt: now,
  }
  await deps.commit([deps.embedTokens.add(token)])
  return token
}
