import { missing } from '@avocet/shared/fault'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'

/** Ends a key. Repeating it is harmless and keeps the first instant. */
export async function revokeApiKey(deps: Deps, actor: Actor, id: string): Promise<void> {
  demand(actor, 'keys:write')
  const key = (await deps.apiKeys.find(actor.accountId, id)) ?? missing('api key')
  if (key.revokedAt === null) await deps.commit([deps.apiKeys.revoke(key, deps.now())])
}
