import { missing } from '@avocet/shared/fault'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'

/** Removes a webhook with its deliveries; what was on its way is dropped. Throws not_found. */
export async function deleteWebhook(deps: Deps, actor: Actor, id: string): Promise<void> {
  demand(actor, 'webhooks:write')
  const webhook = (await deps.webhooks.find(actor.accountId, id)) ?? missing('webhook')
  await deps.commit([deps.webhooks.remove(webhook)])
}
