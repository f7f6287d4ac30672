import { Fault } from '@avocet/shared/fault'
import { isId } from '@avocet/shared/ids'
import { demandInUse } from '../accounts/suspendAccount.ts'
import { type Actor, scopesOfRole } from '../actor.ts'
import type { Deps } from '../ports.ts'
import { API_KEY } from './apiKey.ts'

/** `last_used_at` is kept to the minute, so that a busy key is not a write per call. */
const TOUCH_EVERY_MS = 60_000

/**
 * The actor behind an API key. `inQuery`: the key came as `?api_key=`, which the account may have switched off.
 * Throws unauthenticated (`invalid_api_key`, `api_key_revoked`, `api_key_expired`), forbidden `account_suspended`.
 */
export async function authenticateApiKey(deps: Deps, text: string, inQuery: boolean): Promise<Actor> {
  return actorOfKey(deps, API_KEY.test(text) ? await deps.crypto.sha256Hex(text) : null, inQuery)
}

/** The same for a key known by its hash; null for none. */
export async function actorOfKey(deps: Deps, keyHash: string | null, inQuery: boolean): Promise<Actor> {
  const found = keyHash === null ? null : await deps.apiKeys.findByHash(keyHash)
  if (!found) throw new Fault('unauthenticated', 'The API key is not valid.', { reason: 'invalid_api_key' })
  const { key } = found
  if (key.revokedAt !== null) throw new Fault('unauthenticated', 'The API key has been revoked.', { reason: 'api_key_revoked' })
  if (key.expiresAt !== null && key.expiresAt <= deps.now()) {
    throw new Fault('unauthenticated', 'The API key has expired.', { reason: 'api_key_expired' })
  }
  if (inQuery && !found.queryKeyAllowed) {
    throw new Fault('unauthenticated', 'This account does not take API keys in the address.', { reason: 'query_key_disabled' })
  }
  demandInUse(found)
  if ((key.lastUsedAt ?? 0) <= deps.now() - TOUCH_EVERY_MS) deps.defer(deps.commit([deps.apiKeys.touch(key, deps.now())]))
  return { kind: 'apiKey', accountId: key.accountId, scopes: key.scopes, subjectId: key.id, rateLimits: key.rateLimits, siteAdmin: false }
}

/** The actor behind a login session. Throws unauthenticated `invalid_token` when it is forged, expired, or older than a password change; forbidden `account_suspended`. */
export async function authenticateSession(deps: Deps, token: string): Promise<Actor> {
  const refused = () => new Fault('unauthenticated', 'The session is not valid or has ended. Log in again.', { reason: 'invalid_token' })
  const claims = await deps.tokens.verify('session', token)
  if (!claims || typeof claims.sub !== 'string' || !isId('user', claims.sub)) throw refused()
  const user = await deps.users.find(claims.sub)
  if (!user || user.sessionVersion !== claims.ver) throw refused()
  demandInUse(user)
  return { kind: 'user', accountId: user.accountId, scopes: scopesOfRole(user.role), subjectId: user.id, rateLimits: null, siteAdmin: user.siteAdmin }
}

/** Proves the site's operator by the token of the deployment. Throws unauthenticated `invalid_operator_token`. */
export function authenticateOperator(deps: Deps, token: string): void {
  const expected = deps.config.operatorToken
  if (!expected || !deps.crypto.equal(token, expected)) {
    throw new Fault('unauthenticated', 'The operator token is not valid.', { reason: 'invalid_operator_token' })
  }
}
