import { missing } from '@avocet/shared/fault'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'
import { verifySignedToken } from './verifySignedToken.ts'

/** Withdraws one token a customer signed, given its text. Throws as `verifySignedToken`; another account's token does not exist. */
export async function revokeSignedToken(deps: Deps, actor: Actor, text: string): Promise<void> {
  demand(actor, 'embeds:write')
  const rights = await verifySignedToken(deps, text, false)
  if (rights.accountId !== actor.accountId) return missing('embed token')
  await deps.commit([deps.revocations.put({ accountId: actor.accountId, kind: 'token', subject: rights.id, revokedAt: deps.now(), version: null })])
}
