import { missing } from '@avocet/shared/fault'
import type { Id } from '@avocet/shared/ids'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'

/** Sends one webhook a `webhook.test` event, whatever it subscribed to. Returns the event's id. Throws not_found. */
export async function testWebhook(deps: Deps, actor: Actor, id: string): Promise<Id<'event'>> {
  demand(actor, 'webhooks:write')
  const webhook = (await deps.webhooks.find(actor.accountId, id)) ?? missing('webhook')
  const { eventId, write } = deps.events.addFor(webhook.id, actor.accountId, 'webhook.test', { webhook_id: webhook.id })
  await deps.commit([write])
  return eventId
}
