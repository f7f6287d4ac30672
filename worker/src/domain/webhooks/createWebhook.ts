import { Fault } from '@avocet/shared/fault'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'
import { newSecret } from './secret.ts'
import { demandTarget } from './demandTarget.ts'
import { type EventType, inOrder, type Webhook } from './webhook.ts'

export const MAX_WEBHOOKS = 50

/** Subscribes an address. The standard spelling's secret is shown this once. Throws bad_request `url_not_allowed`, quota_exceeded `too_many_webhooks`. */
export async function createWebhook(
  deps: Deps,
  actor: Actor,
  wish: { url: string; events: EventType[]; description: string; spelling?: string; viewThresholds?: number[] },
): Promise<{ webhook: Webhook; secret: string }> {
  demand(actor, 'webhooks:write')
  const url = await demandTarget(deps, wish.url)
  if ((await deps.webhooks.list(actor.accountId, { spelling: null, event: null }, { offset: 0, limit: 1 })).total >= MAX_WEBHOOKS)
    throw new Fault('quota_exceeded', `An account has at most ${MAX_WEBHOOKS} webhooks.`, { reason: 'too_many_webhooks' })
  const spelling = wish.spelling ?? 'standard'
  const { secret, sealed } = await newSecret(deps, spelling)
  const now = deps.now()
  const webhook: Webhook = {
    id: deps.newId('webhook'),
    accountId: actor.accountId,
    url,
    spelling,
    description: wish.description,
    events: [...new Set(wish.events)],
    viewThresholds: inOrder(wish.viewThresholds ?? []),
    sealedSecret: sealed,
    previousSealedSecret: null,
    previousUntil: null,
    disabledAt: null,
    disabledReason: null,
    failingSince: null,
    createdAt: now,
    updatedAt: now,
    version: 1,
  }
  await deps.commit([deps.webhooks.add(webhook), deps.thresholds.passedAlready(webhook)])
  return { webhook, secret }
}
