import type { Actor } from '../actor.ts'
import type { Deps } from '../ports.ts'
import { spellingOf } from './spelling.ts'
import type { Webhook } from './webhook.ts'

/** A fresh signing secret as its owner sees it, and as it is kept. */
export async function newSecret(deps: Deps, spelling: Webhook['spelling']): Promise<{ secret: string; sealed: string }> {
  const secret = spellingOf(deps, spelling).newSecret(deps)
  return { secret, sealed: await deps.seals.seal(secret) }
}

/** The signing secret of a webhook, for dialects that show it again; null for who may only read. */
export async function readSecret(deps: Deps, actor: Actor, webhook: Webhook): Promise<string | null> {
  return actor.scopes.includes('webhooks:write') ? deps.seals.open(webhook.sealedSecret) : null
}

/** The secrets that sign at an instant, the present one first. */
export function secretsInForce(deps: Deps, webhook: Webhook, now: number): Promise<string[]> {
  const previous = webhook.previousSealedSecret && (webhook.previousUntil ?? 0) > now ? [webhook.previousSealedSecret] : []
  return Promise.all([webhook.sealedSecret, ...previous].map((sealed) => deps.seals.open(sealed)))
}
