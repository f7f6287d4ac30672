import { z } from 'zod'
import type { Actor } from '../../domain/actor.ts'
import type { Deps } from '../../domain/ports.ts'
import { createWebhook } from '../../domain/webhooks/createWebhook.ts'
import { deleteWebhook } from '../../domain/webhooks/deleteWebhook.ts'
import { getWebhook } from '../../domain/webhooks/getWebhook.ts'
import { listWebhooks } from '../../domain/webhooks/listWebhooks.ts'
import { readSecret } from '../../domain/webhooks/secret.ts'
import type { Webhook } from '../../domain/webhooks/webhook.ts'
import { route } from '../../http/route.ts'
import { encodePage, idParam, PageQuery, pageOf, sliceOf, spellId, Time, time } from './codec.ts'
import { EVERY_WORD, factOf, SPELLING, wordOf } from './webhookSpelling.ts'

const WebhookBody = z.object({ webhookId: z.string(), createdAt: Time, events: z.array(z.string()), url: z.string(), signatureSecret: z.string().nullable() })
const params = z.object({ webhookId: idParam('webhook', 'webhook_') })
const reads = { tag: 'Webhooks', needs: 'webhooks:read', rate: 'read' } as const
const writes = { tag: 'Webhooks', needs: 'webhooks:write', rate: 'write' } as const

/** Webhooks of this dialect alone: what native made is told in other words, and is not there for it. */
export const webhookRoutes = [
  route({
    ...reads,
    method: 'GET',
    path: '/webhooks',
    summary: 'List webhooks, those of one event if one is named',
    input: { query: PageQuery.extend({ events: z.string().max(200).optional() }) },
    output: { status: 200, body: pageOf(WebhookBody) },
    async run({ deps, actor, query, request }) {
      const slice = sliceOf(query)
      const event = query.events ? factOf(query.events) : null
      const listing = query.events && !event ? { items: [], total: 0 } : await listWebhooks(deps, actor, { spelling: SPELLING, event }, slice)
      return encodePage(request, slice, listing, (webhook) => encodeWebhook(deps, actor, webhook))
    },
  }),
  route({
    ...writes,
    method: 'POST',
    path: '/webhooks',
    summary: 'Subscribe an address to events',
    input: { body: z.object({ events: z.array(z.enum(EVERY_WORD)).min(1).max(50), url: z.url({ protocol: /^https?$/ }).max(4096) }) },
    output: { status: 201, body: WebhookBody },
    async run({ deps, actor, body }) {
      const { webhook } = await createWebhook(deps, actor, { url: body.url, events: body.events.flatMap((word) => factOf(word) ?? []), description: '', spelling: SPELLING })
      return encodeWebhook(deps, actor, webhook)
    },
  }),
  route({
    ...reads,
    method: 'GET',
    path: '/webhooks/:webhookId',
    summary: 'Show a webhook',
    input: { params },
    output: { status: 200, body: WebhookBody },
    run: async ({ deps, actor, params }) => encodeWebhook(deps, actor, await getWebhook(deps, actor, params.webhookId, SPELLING)),
  }),
  route({
    ...writes,
    method: 'DELETE',
    path: '/webhooks/:webhookId',
    summary: 'Remove a webhook',
    input: { params },
    output: { status: 204 },
    run: ({ deps, actor, params }) => deleteWebhook(deps, actor, params.webhookId, SPELLING),
  }),
]

const encodeWebhook = async (deps: Deps, actor: Actor, webhook: Webhook): Promise<z.infer<typeof WebhookBody>> => ({
  webhookId: spellId('webhook_', webhook.id),
  createdAt: time(webhook.createdAt),
  events: webhook.events.flatMap((event) => wordOf(event) ?? []),
  url: webhook.url,
  signatureSecret: await readSecret(deps, actor, webhook),
})
