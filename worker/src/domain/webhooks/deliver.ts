import type { DueDelivery } from '../outbox.ts'
import type { OutboundAnswer } from '../platform.ts'
import type { Deps } from '../ports.ts'
import { retryAfterMs } from './schedule.ts'
import { secretsInForce } from './secret.ts'
import { spellingOf } from './spelling.ts'
import type { Attempt, Delivery } from './webhook.ts'

const TIMEOUT_MS = 15_000
/** Attempts kept on a delivery. */
const KEPT = 20
const GONE = 410

/** Tries once to tell a webhook of an event, and records how it went. A crash in between tells it twice, under the same id. */
export async function deliver(deps: Deps, { delivery, webhook, event }: DueDelivery): Promise<void> {
  const spelling = spellingOf(deps, webhook.spelling)
  const startedAt = deps.now()
  const secrets = await secretsInForce(deps, webhook, startedAt)
  const message = webhook.disabledAt === null ? await spelling.tell(deps, { webhookId: webhook.id, event, at: startedAt, secrets }) : null
  if (!message) return deps.commit([deps.deliveries.save({ ...delivery, state: 'dropped' })])
  const headers = { 'Content-Type': 'application/json', 'User-Agent': 'Avocet-Webhooks/1', ...message.headers }
  const answer = await deps.outbound.post(webhook.url, headers, message.body, TIMEOUT_MS)
  const attempt: Attempt = { at: startedAt, status: answer.status, durationMs: deps.now() - startedAt, error: answer.error, body: answer.body }
  const tried: Delivery = { ...delivery, tries: delivery.tries + 1, attempts: [...delivery.attempts, attempt].slice(-KEPT) }
  if (answer.status !== null && spelling.isHeard(answer.status)) {
    return deps.commit([deps.deliveries.save({ ...tried, state: 'delivered' }), deps.webhooks.noteSuccess(webhook.id)])
  }
  const now = deps.now()
  const failingSince = webhook.failingSince ?? startedAt
  const off = spelling.failingTooLongMs === null ? null : answer.status === GONE ? 'gone' : now - failingSince > spelling.failingTooLongMs ? 'failing' : null
  const wait = off ? null : spelling.waitAfter(tried.tries, patience(answer, now), new DataView(deps.crypto.randomBytes(4).buffer).getUint32(0) / 2 ** 32)
  await deps.commit([
    deps.deliveries.save(wait === null ? { ...tried, state: 'failed' } : { ...tried, nextAttemptAt: now + wait }),
    deps.webhooks.noteFailure(webhook.id, failingSince, off && { at: now, reason: off }),
  ])
}

/** Only those who say "later" are asked how much later. */
function patience({ status, retryAfter }: OutboundAnswer, now: number): number | null {
  return status === 429 || status === 503 ? retryAfterMs(retryAfter, now) : null
}
