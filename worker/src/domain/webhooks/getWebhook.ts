import { missing } from '@avocet/shared/fault'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'
import type { Webhook } from './webhook.ts'

/** A webhook of the account, of one spelling if one is named. Throws not_found. */
export async function getWebhook(deps: Deps, actor: Actor, id: string, spelling: string | null = null): Promise<Webhook> {
  demand(actor, 'webhooks:read')
  const webhook = (await deps.webhooks.find(actor.accountId, id)) ?? missing('webhook')
  return spelling === null || webhook.spelling === spelling ? webhook : missing('webhook')
}
