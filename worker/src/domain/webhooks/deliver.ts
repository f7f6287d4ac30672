import type { DueDelivery } from '../outbox.ts'
import type { OutboundAnswer } from '../platform.ts'
import type { Deps } from '../ports.ts'
import { FAILING_TOO_LONG_MS, retryAfterMs, waitAfter } from './schedule.ts'
import { signatures } from './secret.ts'
import type { Attempt, Delivery, Webhook } from './webhook.ts'

const TIMEOUT_MS = 15_000
/** Attempts kept on a delivery. */
const KEPT = 20
const GONE = 410

/** Tries once to tell a webhook of an event, and records how it went. A crash in between tells it twice, under the same id. */
export async function deliver(deps: Deps, { delivery, webhook, event }: DueDelivery): Promise<void> {
  if (webhook.disabledAt !== null) return deps.commit([deps.deliveries.save({ ...delivery, state: 'dropped' })])
  const startedAt = deps.now()
  const body = JSON.stringify({ type: event.type, timestamp: new Date(event.createdAt).toISOString(), data: event.data })
  const answer = await send(deps, webhook, event.id, body, startedAt)
  const attempt: Attempt = { at: startedAt, status: answer.status, durationMs: deps.now() - startedAt, error: answer.error, body: answer.body }
  const tried: Delivery = { ...delivery, tries: delivery.tries + 1, attempts: [...delivery.attempts, attempt].slice(-KEPT) }
  const isWell = answer.status !== null && answer.status >= 200 && answer.status < 300
  if (isWell) return deps.commit([deps.deliveries.save({ ...tried, state: 'delivered' }), deps.webhooks.noteSuccess(webhook.id)])
  const now = deps.now()
  const failingSince = webhook.failingSince ?? startedAt
  const off = answer.status === GONE ? 'gone' : now - failingSince > FAILING_TOO_LONG_MS ? 'failing' : null
  const wait = off ? null : waitAfter(tried.tries, patience(answer, now), new DataView(deps.crypto.randomBytes(4).buffer).getUint32(0) / 2 ** 32)
  await deps.commit([
    deps.deliveries.save(wait === null ? { ...tried, state: 'failed' } : { ...tried, nextAttemptAt: now + wait }),
    deps.webhooks.noteFailure(webhook.id, failingSince, off && { at: now, reason: off }),
  ])
}

async function send(deps: Deps, webhook: Webhook, id: string, body: string, now: number): Promise<OutboundAnswer> {
  const timestamp = Math.floor(now / 1000)
  const previous = webhook.previousSealedSecret && (webhook.previousUntil ?? 0) > now ? [webhook.previousSealedSecret] : []
  const headers = {
    'Content-Type': 'application/json',
    'User-Agent': 'Avocet-Webhooks/1',
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': await signatures(deps, [webhook.sealedSecret, ...previous], id, timestamp, body),
  }
  return deps.outbound.post(webhook.url, headers, body, TIMEOUT_MS)
}

/** Only those who say "later" are asked how much later. */
function patience({ status, retryAfter }: OutboundAnswer, now: number): number | null {
  return status === 429 || status === 503 ? retryAfterMs(retryAfter, now) : null
}
