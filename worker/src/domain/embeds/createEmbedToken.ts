import type { EmbedTermsWire } from '@avocet/shared/embed'
import { Fault, missing } from '@avocet/shared/fault'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'
import type { EmbedToken } from './embedToken.ts'
import { parseTerms } from './embedTerms.ts'

export interface EmbedTokenWish {
  videoId: string
  terms: EmbedTermsWire
  /** Null: at once. */
  startsAt: number | null
  /** Null: until revoked. */
  expiresAt: number | null
}

/** Mints a credential to play one video. Throws not_found `video_not_found`, bad_request `invalid_domain`, `invalid_ip_prefix` or `invalid_window`. */
export async function createEmbedToken(deps: Deps, actor: Actor, { videoId, terms, startsAt, expiresAt }: EmbedTokenWish): Promise<EmbedToken> {
  demand(actor, 'embeds:write')
  const video = (await deps.videos.find(actor.accountId, videoId)) ?? missing('video')
  const now = deps.now()
  if (expiresAt !== null && expiresAt <= Math.max(now, startsAt ?? 0)) {
    throw new Fault('bad_request', 'The token would end before it starts.', { reason: 'invalid_window', errors: [{ path: 'expires_at', message: 'Must lie ahead, and after starts_at.' }] })
  }
  const token: EmbedToken = {
    ...parseTerms(deps.addresses, terms),
    id: deps.newId('embedToken'),
    accountId: actor.accountId,
    videoId: video.id,
    token: deps.crypto.randomHex(16),
    startsAt,
    expiresAt,
    revokedAt: null,
    createdAt: now,
  }
  await deps.commit([deps.embedTokens.add(token)])
  return token
}
