import type { Listing, Slice } from '@avocet/shared/page'
import { type Actor, demand } from '../actor.ts'
import type { WebhookQuery } from '../outbox.ts'
import type { Deps } from '../ports.ts'
import type { Webhook } from './webhook.ts'

/** The account's webhooks, newest first. */
export async function listWebhooks(deps: Deps, actor: Actor, query: WebhookQuery, slice: Slice): Promise<Listing<Webhook>> {
  demand(actor, 'webhooks:read')
  return deps.webhooks.list(actor.accountId, query, slice)
}
