import { missing } from '@avocet/shared/fault'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'

/** Voids every token signed with a key: playback stops with the next key request. Repeating it is harmless. */
export async function revokeSigningKey(deps: Deps, actor: Actor, id: string): Promise<void> {
  demand(actor, 'keys:write')
  const key = (await deps.signingKeys.find(actor.accountId, id)) ?? missing('signing key')
  if (key.revokedAt === null) await deps.commit([deps.signingKeys.revoke(key.id, deps.now())])
}
