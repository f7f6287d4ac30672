import { missing } from '@avocet/shared/fault'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'
import { demandTarget } from './demandTarget.ts'
import { type EventType, inOrder, type Webhook } from './webhook.ts'

export interface WebhookEdits {
  url?: string | undefined
  events?: EventType[] | undefined
  description?: string | undefined
  viewThresholds?: number[] | undefined
  /** False switches it off; true on again, forgiving its failures. */
  enabled?: boolean | undefined
}

/** Changes what is given. Throws not_found, bad_request `url_not_allowed`, conflict. */
export async function updateWebhook(deps: Deps, actor: Actor, id: string, edits: WebhookEdits): Promise<Webhook> {
  demand(actor, 'webhooks:write')
  const webhook = (await deps.webhooks.find(actor.accountId, id)) ?? missing('webhook')
  const changed: Webhook = {
    ...webhook,
    url: edits.url === undefined ? webhook.url : await demandTarget(deps, edits.url),
    events: edits.events === undefined ? webhook.events : [...new Set(edits.events)],
    description: edits.description ?? webhook.description,
    viewThresholds: inOrder(edits.viewThresholds ?? webhook.viewThresholds),
    ...(edits.enabled === true ? { disabledAt: null, disabledReason: null, failingSince: null } : {}),
    ...(edits.enabled === false && webhook.disabledAt === null ? { disabledAt: deps.now(), disabledReason: 'owner' as const } : {}),
    updatedAt: deps.now(),
  }
  const asked = edits.viewThresholds === undefined ? [] : [deps.thresholds.passedAlready(changed)]
  await deps.commit([deps.webhooks.save(changed), ...asked])
  return { ...changed, version: changed.version + 1 }
}
