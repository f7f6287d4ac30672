import { missing } from '@avocet/shared/fault'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'

/** Tells a webhook of one event again, under the same `webhook-id`. Throws not_found. */
export async function replayDelivery(deps: Deps, actor: Actor, id: string, eventId: string): Promise<void> {
  demand(actor, 'webhooks:write')
  const webhook = (await deps.webhooks.find(actor.accountId, id)) ?? missing('webhook')
  const delivery = (await deps.deliveries.find(webhook.id, eventId)) ?? missing('delivery')
  await deps.commit([deps.deliveries.askAgain(delivery, deps.now())])
}
