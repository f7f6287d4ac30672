import { Fault } from '@avocet/shared/fault'
import type { Actor } from '../actor.ts'
import { accessBudget } from '../limits/budgets.ts'
import { demandRoom } from '../limits/demandRoom.ts'
import type { Deps } from '../ports.ts'
import { actorOfKey, authenticateApiKey } from './authenticate.ts'

const ACCESS_SECONDS = 3600
const REFRESH_SECONDS = 30 * 24 * 3600

/** What an API key is exchanged for, for clients that would rather not send the key with every call. Both end with the key. */
export interface AccessTokens {
  accessToken: string
  refreshToken: string
  /** Life of the access token. */
  expiresInSeconds: number
}

/** Exchanges an API key. Throws what `authenticateApiKey` throws, and rate_limited. */
export async function grantAccess(deps: Deps, apiKey: string): Promise<AccessTokens> {
  const { accountId } = await authenticateApiKey(deps, apiKey, false)
  await demandRoom(deps, [accessBudget(accountId)])
  return issue(deps, await deps.crypto.sha256Hex(apiKey))
}

/** Exchanges a refresh token, once: the next one comes with the answer. Throws unauthenticated `invalid_refresh_token`, and rate_limited: it is not used then. */
export async function refreshAccess(deps: Deps, refreshToken: string): Promise<AccessTokens> {
  const refused = new Fault('unauthenticated', 'The refresh token is not valid, has been used, or has expired.', { reason: 'invalid_refresh_token' })
  const claims = await deps.tokens.verify('refresh', refreshToken)
  if (typeof claims?.sub !== 'string' || typeof claims.jti !== 'string') throw refused
  try {
    const { accountId } = await actorOfKey(deps, claims.sub, false)
    await demandRoom(deps, [accessBudget(accountId)])
    await deps.commit([deps.usedTokens.use(claims.jti, Number(claims.exp) * 1000)])
  } catch (error) {
    throw error instanceof Fault && (error.code === 'conflict' || error.code === 'unauthenticated') ? refused : error
  }
  return issue(deps, claims.sub)
}

/** The actor behind an access token. Throws unauthenticated `invalid_access_token`. */
export async function authenticateAccess(deps: Deps, accessToken: string): Promise<Actor> {
  const claims = await deps.tokens.verify('access', accessToken)
  if (typeof claims?.sub !== 'string') throw new Fault('unauthenticated', 'The access token is not valid or has expired.', { reason: 'invalid_access_token' })
  return actorOfKey(deps, claims.sub, false)
}

/** `sub` is the key's SHA-256, by which keys are looked up and remembered. */
async function issue(deps: Deps, keyHash: string): Promise<AccessTokens> {
  const [accessToken, refreshToken] = await Promise.all([
    deps.tokens.sign('access', { sub: keyHash }, ACCESS_SECONDS),
    deps.tokens.sign('refresh', { sub: keyHash, jti: deps.crypto.randomHex(16) }, REFRESH_SECONDS),
  ])
  return { accessToken, refreshToken, expiresInSeconds: ACCESS_SECONDS }
}
