import { missing } from '@avocet/shared/fault'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'
import type { Webhook } from './webhook.ts'

/** A webhook of the account. Throws not_found. */
export async function getWebhook(deps: Deps, actor: Actor, id: string): Promise<Webhook> {
  demand(actor, 'webhooks:read')
  return (await deps.webhooks.find(actor.accountId, id)) ?? missing('webhook')
}
