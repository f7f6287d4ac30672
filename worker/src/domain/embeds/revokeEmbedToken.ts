import { missing } from '@avocet/shared/fault'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'

/** Withdraws a minted token, by its id or its text: playback stops with the next key. Repeating it is harmless. */
export async function revokeEmbedToken(deps: Deps, actor: Actor, id: string): Promise<void> {
  demand(actor, 'embeds:write')
  const token = (await deps.embedTokens.find(actor.accountId, id)) ?? missing('embed token')
  if (token.revokedAt === null) await deps.commit([deps.embedTokens.revoke(token.id, deps.now())])
}
