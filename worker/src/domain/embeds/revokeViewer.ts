import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'

/**
 * Withdraws one viewer's tokens, minted and signed alike: those up to `version`, or, where null, all minted until now. Playback stops
 * with the next key. Repeating it is harmless; an earlier revocation is never narrowed.
 */
export async function revokeViewer(deps: Deps, actor: Actor, viewerId: string, version: number | null): Promise<void> {
  demand(actor, 'embeds:write')
  const revokedAt = version === null ? deps.now() : 0
  await deps.commit([deps.revocations.put({ accountId: actor.accountId, kind: 'viewer', subject: viewerId, revokedAt, version })])
}
