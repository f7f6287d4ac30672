import { missing } from '@avocet/shared/fault'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'

/** Removes a webhook with its deliveries, one of a spelling if one is named; what was on its way is dropped. Throws not_found. */
export async function deleteWebhook(deps: Deps, actor: Actor, id: string, spelling: string | null = null): Promise<void> {
  demand(actor, 'webhooks:write')
  const webhook = (await deps.webhooks.find(actor.accountId, id)) ?? missing('webhook')
  if (spelling !== null && webhook.spelling !== spelling) missing('webhook')
  await deps.commit([deps.webhooks.remove(webhook)])
}
