import { SIGNED_TOKEN_MAX_LENGTH, SignedEmbedClaims } from '@avocet/shared/embed'
import { Fault } from '@avocet/shared/fault'
import { isId, type VideoId } from '@avocet/shared/ids'
import type { Deps } from '../ports.ts'
import type { EmbedRights } from './embedToken.ts'
import { parseTerms } from './embedTerms.ts'

/**
 * What a token that a customer signed allows. `recent` trusts what was known of its key for up to 5 s. Revocations are the caller's to ask.
 * Throws unauthenticated `invalid_token` (with what is wrong), gone `token_expired` or `token_revoked` (its key is), forbidden `token_not_yet_valid`.
 */
export async function verifySignedToken(deps: Deps, text: string, recent: boolean): Promise<EmbedRights> {
  const kid = text.length <= SIGNED_TOKEN_MAX_LENGTH ? deps.embedSignatures.keyIdOf(text) : null
  const key = kid !== null && isId('signingKey', kid) ? await (recent ? deps.signingKeys.findRecent(kid) : deps.signingKeys.findAny(kid)) : null
  if (!key) throw invalid('its kid names no signing key')
  if (key.revokedAt !== null || (key.retiresAt !== null && key.retiresAt <= deps.now())) {
    throw new Fault('gone', 'Access to this video has been withdrawn.', { reason: 'token_revoked' })
  }
  const verdict = await deps.embedSignatures.verify(text, key)
  if (verdict.state === 'expired') throw new Fault('gone', 'This link has expired.', { reason: 'token_expired' })
  if (verdict.state === 'early') throw new Fault('forbidden', 'This link is not valid yet.', { reason: 'token_not_yet_valid' })
  if (verdict.state === 'invalid') throw invalid(verdict.why)
  const decoded = SignedEmbedClaims.safeParse(verdict.claims)
  if (!decoded.success) throw invalid(decoded.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '))
  const { sub, aud: _, iss: _iss, iat, exp, nbf: _nbf, jti, ...terms } = decoded.data
  if (!isId('video', sub)) throw invalid('its sub names no video')
  return {
    ...parsed(deps, terms),
    id: `${key.id}.${jti ?? (await deps.crypto.sha256Hex(text)).slice(0, 32)}`,
    accountId: key.accountId,
    videoId: sub as VideoId,
    // Checked with the signature, which leaves customers' clocks some room.
    startsAt: null,
    expiresAt: exp * 1000,
    revokedAt: null,
    createdAt: iat * 1000,
  }
}

function parsed(deps: Deps, terms: Parameters<typeof parseTerms>[1]) {
  try {
    return parseTerms(deps.addresses, terms)
  } catch (error) {
    throw error instanceof Fault ? invalid(error.details.errors?.[0]?.message ?? error.message) : error
  }
}

const invalid = (why: string) => new Fault('unauthenticated', `This link is not valid: ${why}.`, { reason: 'invalid_token' })
