import { missing } from '@avocet/shared/fault'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'

/**
 * Tells a webhook of everything since an instant that it was not told of: what failed, what was dropped, what happened while it was
 * off. Throws not_found.
 */
export async function replaySince(deps: Deps, actor: Actor, id: string, since: number): Promise<void> {
  demand(actor, 'webhooks:write')
  const webhook = (await deps.webhooks.find(actor.accountId, id)) ?? missing('webhook')
  await deps.commit([deps.deliveries.recover(webhook, since, deps.now())])
}
