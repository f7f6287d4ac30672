import { missing } from '@avocet/shared/fault'
import type { Listing, Slice } from '@avocet/shared/page'
import { type Actor, demand } from '../actor.ts'
import type { DeliveryQuery, DeliveryDetail } from '../outbox.ts'
import type { Deps } from '../ports.ts'

/** What a webhook was told or is to be told, newest first. Throws not_found. */
export async function listDeliveries(deps: Deps, actor: Actor, id: string, query: DeliveryQuery, slice: Slice): Promise<Listing<DeliveryDetail>> {
  demand(actor, 'webhooks:read')
  const webhook = (await deps.webhooks.find(actor.accountId, id)) ?? missing('webhook')
  return deps.deliveries.list(webhook.id, query, slice)
}
