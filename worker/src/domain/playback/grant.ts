import { Fault } from '@avocet/shared/fault'
import { EMBED_TOKEN, SIGNED_TOKEN } from '../embeds/embedToken.ts'
import { isWithdrawn } from '../embeds/revocation.ts'
import { verifySignedToken } from '../embeds/verifySignedToken.ts'
import type { Deps } from '../ports.ts'
import type { EmbedGrant } from '../rights.ts'
import { isDomainAllowed } from './domains.ts'
import { verifyPass } from './invitation.ts'

/**
 * What an embed token opens, now: a video's own, one minted here, a pass, or one a customer signed. `recent` may be up to 5 s old and costs
 * nothing when warm (keys, tracks). Throws not_found `embed_not_found`, gone `token_revoked` or `token_expired`, forbidden
 * `token_not_yet_valid` or `token_required` (a private video's own token), unauthenticated `invalid_token`.
 */
export async function openGrant(deps: Deps, token: string, recent = false): Promise<EmbedGrant> {
  const grant = await resolve(deps, token, recent)
  if (!grant) throw new Fault('not_found', 'This video does not exist or has been removed.', { reason: 'embed_not_found' })
  const { minted, video, revocations } = grant
  if (!minted) {
    if (video.visibility === 'private') throw new Fault('forbidden', 'This video is private. Ask its owner for a link.', { reason: 'token_required' })
    return grant
  }
  const now = deps.now()
  if (isWithdrawn(minted, revocations)) throw new Fault('gone', 'Access to this video has been withdrawn.', { reason: 'token_revoked' })
  if (minted.expiresAt !== null && minted.expiresAt <= now) throw new Fault('gone', 'This link has expired.', { reason: 'token_expired' })
  if (minted.startsAt !== null && minted.startsAt > now) throw new Fault('forbidden', 'This link is not valid yet.', { reason: 'token_not_yet_valid' })
  return grant
}

async function resolve(deps: Deps, token: string, recent: boolean): Promise<EmbedGrant | null> {
  if (EMBED_TOKEN.test(token)) return deps.embeds.resolve(token, recent)
  if (!SIGNED_TOKEN.test(token)) return null
  // Passes are ours, and name no key of a customer's.
  const rights = deps.embedSignatures.keyIdOf(token) === null ? await verifyPass(deps, token) : null
  return deps.embeds.resolveSigned(token, rights ?? (await verifySignedToken(deps, token, recent)), recent)
}

/** The domain lists that bind a grant: the video's, and the token's own which narrows it. */
export const domainLists = ({ video, minted }: EmbedGrant): readonly (readonly string[])[] => [video.allowedDomains, minted?.allowedDomains ?? []]

/**
 * Lets a page at `origin` embed the video, or throws forbidden `domain_not_allowed`. Our own origin always may. `null`: a page that does not
 * tell, which the video may allow; undefined: nobody showed one, which a list never lets through.
 */
export function demandDomain(deps: Deps, grant: EmbedGrant, origin: string | null | undefined): void {
  if (origin && origin === deps.config.publicUrl) return
  const silent = origin === null && grant.video.allowNoReferrer
  if (domainLists(grant).every((list) => isDomainAllowed(list, origin ?? null, silent))) return
  throw new Fault('forbidden', 'This video may not be played on this site.', { reason: 'domain_not_allowed' })
}
