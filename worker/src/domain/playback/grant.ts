import { Fault } from '@avocet/shared/fault'
import type { Deps, EmbedGrant } from '../ports.ts'
import { EMBED_TOKEN } from '../embeds/embedToken.ts'
import { isDomainAllowed } from './domains.ts'

/**
 * What an embed token opens, now. `recent` may be up to 5 s old and costs nothing when warm (keys, tracks).
 * Throws not_found `embed_not_found`, gone `token_revoked` or `token_expired`, forbidden `token_required` (a private video's own token).
 */
export async function openGrant(deps: Deps, token: string, recent = false): Promise<EmbedGrant> {
  const grant = EMBED_TOKEN.test(token) ? await (recent ? deps.embeds.resolveRecent(token) : deps.embeds.resolve(token)) : null
  if (!grant) throw new Fault('not_found', 'This video does not exist or has been removed.', { reason: 'embed_not_found' })
  const { minted, video } = grant
  if (minted && minted.revokedAt !== null) throw new Fault('gone', 'Access to this video has been withdrawn.', { reason: 'token_revoked' })
  if (minted && minted.expiresAt !== null && minted.expiresAt <= deps.now()) throw new Fault('gone', 'This link has expired.', { reason: 'token_expired' })
  if (!minted && video.visibility === 'private') throw new Fault('forbidden', 'This video is private. Ask its owner for a link.', { reason: 'token_required' })
  return grant
}

/** The domain lists that bind a grant: the video's, and the token's own which narrows it. */
export const domainLists = ({ video, minted }: EmbedGrant): readonly (readonly string[])[] => [video.allowedDomains, minted?.allowedDomains ?? []]

/** Lets a page at `origin` embed the video, or throws forbidden `domain_not_allowed`. Our own origin always may. */
export function demandDomain(deps: Deps, grant: EmbedGrant, origin: string | null): void {
  if (origin !== null && origin === deps.config.publicUrl) return
  if (domainLists(grant).every((list) => isDomainAllowed(list, origin, grant.video.allowNoReferrer))) return
  throw new Fault('forbidden', 'This video may not be played on this site.', { reason: 'domain_not_allowed' })
}
