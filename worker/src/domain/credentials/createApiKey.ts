import { Fault } from '@avocet/shared/fault'
import type { AccountId } from '@avocet/shared/ids'
import { type Actor, demand, type Scope } from '../actor.ts'
import type { Deps } from '../ports.ts'
import type { ApiKey } from './apiKey.ts'

export interface ApiKeyWish {
  name: string
  scopes: readonly Scope[]
  /** Instant in ms, or null for never. */
  expiresAt: number | null
}

/** Makes a key of the actor's account. The text is returned this once; only its hash is kept. A credential cannot give away scopes it lacks. */
export async function createApiKey(deps: Deps, actor: Actor, wish: ApiKeyWish): Promise<{ key: string; apiKey: ApiKey }> {
  demand(actor, 'keys:write')
  const beyond = wish.scopes.find((scope) => !actor.scopes.includes(scope))
  if (beyond) throw new Fault('forbidden', `This credential lacks the scope ${beyond} itself.`, { reason: 'insufficient_scope', extra: { scope: beyond } })
  if (wish.expiresAt !== null && wish.expiresAt <= deps.now()) throw new Fault('bad_request', 'The expiry lies in the past.', { errors: [{ path: 'expires_at', message: 'Must lie in the future.' }] })
  const issued = await issueApiKey(deps, actor.accountId, wish)
  await deps.commit([deps.apiKeys.add(issued.apiKey)])
  return issued
}

/** A fresh key and its row, not yet committed. */
export async function issueApiKey(deps: Deps, accountId: AccountId, wish: ApiKeyWish): Promise<{ key: string; apiKey: ApiKey }> {
  const key = `avc_${deps.crypto.randomHex(32)}`
  const apiKey: ApiKey = {
    id: deps.newId('apiKey'),
    accountId,
    name: wish.name,
    keyHash: await deps.crypto.sha256Hex(key),
    keyPrefix: key.slice(0, 12),
    scopes: [...wish.scopes],
    expiresAt: wish.expiresAt,
    lastUsedAt: null,
    revokedAt: null,
    createdAt: deps.now(),
    rateLimits: null,
  }
  return { key, apiKey }
}
