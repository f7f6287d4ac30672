import { z } from 'zod'
import type { DeliveryDetail } from '../../domain/outbox.ts'
import { listDeliveries } from '../../domain/webhooks/listDeliveries.ts'
import { replayDelivery } from '../../domain/webhooks/replayDelivery.ts'
import { replaySince } from '../../domain/webhooks/replaySince.ts'
import { EVENT_TYPES } from '../../domain/webhooks/webhook.ts'
import { route } from '../../http/route.ts'
import { encodePage, Iso, idParam, iso, PageQuery, pageOf, sliceOf } from './codec.ts'

const count = z.number().int().nonnegative()
const State = z.enum(['pending', 'delivered', 'failed', 'dropped'])
const DeliveryBody = z
  .object({
    event_id: z.string().describe('The webhook-id header of every attempt'),
    type: z.enum(EVENT_TYPES),
    state: State,
    next_attempt_at: Iso.nullable(),
    attempts: z.array(
      z.object({ at: Iso, status: count.nullable(), duration_ms: count, error: z.string().nullable(), response: z.string().describe('First characters of the answer') }),
    ),
    created_at: Iso,
  })
  .meta({ id: 'Delivery' })
const params = z.object({ id: idParam('webhook') })
const about = { tag: 'Webhooks' } as const

export const deliveryRoutes = [
  route({
    ...about,
    method: 'GET',
    path: '/webhooks/:id/deliveries',
    summary: 'What a webhook was told or is to be told, newest first; ended ones are kept for 30 days',
    needs: 'webhooks:read',
    rate: 'read',
    input: { params, query: PageQuery.extend({ state: State.optional(), event: z.enum(EVENT_TYPES).optional() }) },
    output: { status: 200, body: pageOf(DeliveryBody) },
    run: async ({ deps, actor, params, query }) =>
      encodePage(await listDeliveries(deps, actor, params.id, { state: query.state ?? null, type: query.event ?? null }, sliceOf(query)), query, encodeDelivery),
  }),
  route({
    ...about,
    method: 'POST',
    path: '/webhooks/:id/deliveries/:event/replay',
    summary: 'Tell a webhook of one event again, under the same webhook-id',
    needs: 'webhooks:write',
    rate: 'write',
    input: { params: params.extend({ event: idParam('event') }) },
    output: { status: 204 },
    run: ({ deps, actor, params }) => replayDelivery(deps, actor, params.id, params.event),
  }),
  route({
    ...about,
    method: 'POST',
    path: '/webhooks/:id/replay',
    summary: 'Tell a webhook of everything since an instant that it was not told of',
    needs: 'webhooks:write',
    rate: 'write',
    input: { params, body: z.strictObject({ since: Iso }) },
    output: { status: 204 },
    run: ({ deps, actor, params, body }) => replaySince(deps, actor, params.id, Date.parse(body.since)),
  }),
]

const encodeDelivery = (delivery: DeliveryDetail): z.infer<typeof DeliveryBody> => ({
  event_id: delivery.eventId,
  type: delivery.type,
  state: delivery.state,
  next_attempt_at: delivery.state === 'pending' ? iso(delivery.nextAttemptAt) : null,
  attempts: delivery.attempts.map(({ at, status, durationMs, error, body }) => ({ at: iso(at), status, duration_ms: durationMs, error, response: body })),
  created_at: iso(delivery.createdAt),
})
