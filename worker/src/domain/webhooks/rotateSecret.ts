import { missing } from '@avocet/shared/fault'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'
import { newSecret } from './secret.ts'

/** Both secrets sign for this long, so that receivers can change over. */
const OVERLAP_MS = 24 * 3_600_000

/** Gives a webhook a new secret, shown this once; the old one signs too for a day. Throws not_found, conflict. */
export async function rotateSecret(deps: Deps, actor: Actor, id: string): Promise<{ secret: string; previousUntil: number }> {
  demand(actor, 'webhooks:write')
  const webhook = (await deps.webhooks.find(actor.accountId, id)) ?? missing('webhook')
  const { secret, sealed } = await newSecret(deps, webhook.spelling)
  const previousUntil = deps.now() + OVERLAP_MS
  const rotated = { ...webhook, sealedSecret: sealed, previousSealedSecret: webhook.sealedSecret, previousUntil, updatedAt: deps.now() }
  await deps.commit([deps.webhooks.save(rotated)])
  return { secret, previousUntil }
}
