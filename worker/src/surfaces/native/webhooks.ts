import { z } from 'zod'
import { createWebhook } from '../../domain/webhooks/createWebhook.ts'
import { deleteWebhook } from '../../domain/webhooks/deleteWebhook.ts'
import { getWebhook } from '../../domain/webhooks/getWebhook.ts'
import { listWebhooks } from '../../domain/webhooks/listWebhooks.ts'
import { rotateSecret } from '../../domain/webhooks/rotateSecret.ts'
import { testWebhook } from '../../domain/webhooks/testWebhook.ts'
import { updateWebhook } from '../../domain/webhooks/updateWebhook.ts'
import { EVENT_TYPES, type Webhook } from '../../domain/webhooks/webhook.ts'
import { route } from '../../http/route.ts'
import { encodePage, Iso, idParam, iso, isoOrNull, PageQuery, pageOf, sliceOf } from './codec.ts'

const url = z.string().max(4096)
const events = z.array(z.enum(EVENT_TYPES)).max(EVENT_TYPES.length).describe('Empty for all.')
const description = z.string().max(500)
const MOST_VIEWS = 1_000_000_000_000
const view_thresholds = z.array(z.number().int().min(1).max(MOST_VIEWS)).max(20).describe('Numbers of views of a video at which view.threshold tells of it, once each.')
const WebhookBody = z
  .object({
    id: z.string(),
    url: z.string(),
    spelling: z.string().describe('`standard`, or the dialect it was made in and is told in.'),
    description: z.string(),
    events: z.array(z.enum(EVENT_TYPES)),
    view_thresholds: z.array(z.number().int()),
    enabled: z.boolean(),
    disabled_reason: z.enum(['owner', 'gone', 'failing']).nullable(),
    failing_since: Iso.nullable(),
    created_at: Iso,
    updated_at: Iso,
  })
  .meta({ id: 'Webhook' })
const secret = z.string().describe('Signs every delivery (Standard Webhooks). Shown this once.')
const params = z.object({ id: idParam('webhook') })
const reads = { tag: 'Webhooks', needs: 'webhooks:read', rate: 'read' } as const
const writes = { tag: 'Webhooks', needs: 'webhooks:write', rate: 'write' } as const

export const webhookRoutes = [
  route({
    ...writes,
    method: 'POST',
    path: '/webhooks',
    summary: 'Subscribe an https address to events',
    input: { body: z.strictObject({ url, events: events.default([]), description: description.default(''), view_thresholds: view_thresholds.default([]) }) },
    output: { status: 201, body: WebhookBody.extend({ secret }) },
    async run({ deps, actor, body }) {
      const { view_thresholds: viewThresholds, ...wish } = body
      const made = await createWebhook(deps, actor, { ...wish, viewThresholds })
      return { ...encodeWebhook(made.webhook), secret: made.secret }
    },
  }),
  route({
    ...reads,
    method: 'GET',
    path: '/webhooks',
    summary: 'List webhooks',
    input: { query: PageQuery },
    output: { status: 200, body: pageOf(WebhookBody) },
    run: async ({ deps, actor, query }) => encodePage(await listWebhooks(deps, actor, { spelling: null, event: null }, sliceOf(query)), query, encodeWebhook),
  }),
  route({
    ...reads,
    method: 'GET',
    path: '/webhooks/:id',
    summary: 'A webhook',
    input: { params },
    output: { status: 200, body: WebhookBody },
    run: async ({ deps, actor, params }) => encodeWebhook(await getWebhook(deps, actor, params.id)),
  }),
  route({
    ...writes,
    method: 'PUT',
    path: '/webhooks/:id',
    summary: 'Change a webhook, switch it off or on; only the fields sent change',
    input: { params, body: z.strictObject({ url, events, description, view_thresholds, enabled: z.boolean() }).partial() },
    output: { status: 200, body: WebhookBody },
    run: async ({ deps, actor, params, body: { view_thresholds: viewThresholds, ...edits } }) => encodeWebhook(await updateWebhook(deps, actor, params.id, { ...edits, viewThresholds })),
  }),
  route({
    ...writes,
    method: 'DELETE',
    path: '/webhooks/:id',
    summary: 'Remove a webhook; what is on its way to it is dropped',
    input: { params },
    output: { status: 204 },
    run: ({ deps, actor, params }) => deleteWebhook(deps, actor, params.id),
  }),
  route({
    ...writes,
    method: 'POST',
    path: '/webhooks/:id/rotate',
    summary: 'Give a webhook a new secret; the old one signs too for 24 hours',
    input: { params },
    output: { status: 200, body: z.object({ secret, previous_valid_until: Iso }) },
    async run({ deps, actor, params }) {
      const rotated = await rotateSecret(deps, actor, params.id)
      return { secret: rotated.secret, previous_valid_until: iso(rotated.previousUntil) }
    },
  }),
  route({
    ...writes,
    method: 'POST',
    path: '/webhooks/:id/test',
    summary: 'Send a webhook.test event to this webhook alone',
    input: { params },
    output: { status: 202, body: z.object({ event_id: z.string() }) },
    run: async ({ deps, actor, params }) => ({ event_id: await testWebhook(deps, actor, params.id) }),
  }),
]

const encodeWebhook = (webhook: Webhook): z.infer<typeof WebhookBody> => ({
  id: webhook.id,
  url: webhook.url,
  spelling: webhook.spelling,
  description: webhook.description,
  events: webhook.events,
  view_thresholds: webhook.viewThresholds,
  enabled: webhook.disabledAt === null,
  disabled_reason: webhook.disabledReason,
  failing_since: isoOrNull(webhook.failingSince),
  created_at: iso(webhook.createdAt),
  updated_at: iso(webhook.updatedAt),
})
