import { env } from 'cloudflare:workers'
import { beforeEach, expect, test } from 'vitest'
import { drainWebhook } from '../../../worker/src/domain/webhooks/drainWebhook.ts'
import type { OutboundAnswer } from '../../../worker/src/domain/platform.ts'
import type { Deps } from '../../../worker/src/domain/ports.ts'
import type { WebhookId } from '../../../worker/src/domain/webhooks/webhook.ts'
import { call, deps, post, type Tenant, tenant, videoOf } from '../../support/site.ts'

const HOUR = 3_600_000
let mine: Tenant
/** The clock and the world outside, as a test wants them. Couriers sleep: only the test drains. */
let [clock, said] = [0, [] as { at: number; headers: Record<string, string>; body: string }[]]
let answer: () => Partial<OutboundAnswer> = () => ({})

beforeEach(async () => {
  mine = await tenant()
  ;[clock, said, answer] = [Date.now() + 5_000, [], () => ({ status: 500 })]
})

function outside(): Deps {
  return {
    ...deps,
    now: () => clock,
    // Nobody is woken.
    commit: (writes) => deps.commit(writes.map(({ write }) => ({ write }))),
    couriers: { wake: async () => {} },
    outbound: {
      ...deps.outbound,
      resolvesPublicly: async () => true,
      async post(_url, headers, body) {
        said.push({ at: clock, headers, body })
        return { status: null, error: null, body: '', retryAfter: null, ...answer() }
      },
    },
  }
}

async function subscribe(more: object = {}): Promise<WebhookId> {
  const made = await (await post('/api/v1/webhooks', { url: 'https://hooks.acme.dev/', ...more }, { key: mine.key })).json<{ id: WebhookId }>()
  return made.id
}

/** Writes an event as operations do, past the couriers of the running Worker. */
async function happen(type: 'video.encoded' | 'video.failed' = 'video.encoded', data: Record<string, unknown> = {}) {
  const video = await videoOf(mine)
  await outside().commit([deps.events.add(mine.accountId, type, video.id, data)])
  return video.id
}
const only = async (id: WebhookId) => (await deps.deliveries.list(id, { state: null, type: null }, { offset: 0, limit: 10 })).items[0]!

test('W03: an event is told ten times over about 75 hours, under one id, each time freshly signed; then it is given up', async () => {
  const id = await subscribe()
  await outsideCommit(id)
  const begun = clock
  for (let round = 0; round < 12; round++) {
    await drainWebhook(outside(), id)
    clock = Math.max(clock, (await only(id)).nextAttemptAt)
  }
  expect(said.map(({ headers }) => headers['webhook-id'])).toEqual(Array.from({ length: 10 }, () => said[0]!.headers['webhook-id']))
  expect(new Set(said.map(({ headers }) => headers['webhook-timestamp'])).size).toBe(10)
  expect(new Set(said.map(({ body }) => body)).size).toBe(1)
  expect(said.at(-1)!.at - begun).toBeGreaterThan(65 * HOUR)
  expect((await only(id)).state).toBe('failed')
})

test('W03: what succeeds is told no more', async () => {
  const id = await subscribe()
  await outsideCommit(id)
  let calls = 0
  answer = () => ({ status: ++calls < 4 ? 500 : 204 })
  for (let round = 0; round < 6; round++) {
    await drainWebhook(outside(), id)
    clock += 3 * HOUR
  }
  expect(said).toHaveLength(4)
  expect(await only(id)).toMatchObject({ state: 'delivered', attempts: [{ status: 500 }, { status: 500 }, { status: 500 }, { status: 204 }] })
})

test('W09: a death between sending and recording tells it again under the same id', async () => {
  const id = await subscribe()
  await outsideCommit(id)
  answer = () => ({ status: 200 })
  const dying = { ...outside(), commit: () => Promise.reject(new Error('died')) }
  await expect(drainWebhook(dying, id)).rejects.toThrow('died')
  await drainWebhook(outside(), id)
  expect(said.map(({ headers }) => headers['webhook-id'])).toEqual([said[0]!.headers['webhook-id'], said[0]!.headers['webhook-id']])
})

test('W13: an endpoint that fails for more than five days is switched off; what follows is dropped', async () => {
  const id = await subscribe()
  await outsideCommit(id)
  await drainWebhook(outside(), id)
  clock += 5 * 24 * HOUR + HOUR
  await drainWebhook(outside(), id)
  expect(await deps.webhooks.find(mine.accountId, id)).toMatchObject({ disabledReason: 'failing' })
  const before = said.length
  await outsideCommit(id)
  await drainWebhook(outside(), id)
  expect(said).toHaveLength(before)
})

test('one success forgives all failures', async () => {
  const id = await subscribe()
  await outsideCommit(id)
  await drainWebhook(outside(), id)
  expect((await deps.webhooks.find(mine.accountId, id))?.failingSince).not.toBeNull()
  answer = () => ({ status: 200 })
  clock += HOUR
  await drainWebhook(outside(), id)
  expect((await deps.webhooks.find(mine.accountId, id))?.failingSince).toBeNull()
})

test('W02: a body is what happened, byte for byte what is signed, whatever stands in it', async () => {
  const id = await subscribe({ events: ['video.failed'] })
  const strange = 'é ☃ 𝄞 </script> \u2028 \\/ "quoted"'
  const videoId = await happen('video.failed', { message: strange })
  await happen('video.encoded')
  await drainWebhook(outside(), id)
  expect(said).toHaveLength(1)
  expect(JSON.parse(said[0]!.body)).toMatchObject({ type: 'video.failed', data: { video_id: videoId, message: strange } })
})

test('W08: for a day after a rotation both secrets sign, then the new one alone', async () => {
  const id = await subscribe()
  const { secret } = await (await post(`/api/v1/webhooks/${id}/rotate`, {}, { key: mine.key })).json<{ secret: string }>()
  answer = () => ({ status: 204 })
  const signatures = async (hours: number) => {
    clock = Date.now() + hours * HOUR
    await outsideCommit(id)
    await drainWebhook(outside(), id)
    return said.at(-1)!.headers['webhook-signature']!.split(' ')
  }
  expect([(await signatures(0.1)).length, (await signatures(23.9)).length]).toEqual([2, 2])
  expect(await signatures(24.1)).toHaveLength(1)
  const { headers, body } = said.at(-1)!
  const key = await crypto.subtle.importKey('raw', Uint8Array.from(atob(secret.slice('whsec_'.length)), (letter) => letter.charCodeAt(0)), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  const signed = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`))
  expect(headers['webhook-signature']).toBe(`v1,${btoa(String.fromCharCode(...new Uint8Array(signed)))}`)
})

test('deliveries are listed newest first, by their state and by their type, and a page at a time', async () => {
  const id = await subscribe()
  await happen('video.failed')
  clock += 1_000
  await happen('video.encoded')
  answer = () => ({ status: said.at(-1)!.body.includes('video.failed') ? 500 : 204 })
  await drainWebhook(outside(), id)
  const list = async (query = '') => (await call(`/api/v1/webhooks/${id}/deliveries${query}`, { key: mine.key })).json<{ data: { type: string; state: string }[]; total: number }>()
  const told = async (query: string) => (await list(query)).data.map(({ type, state }) => `${type} ${state}`)
  expect(await told('')).toEqual(['video.encoded delivered', 'video.failed pending'])
  expect(await told('?state=pending')).toEqual(['video.failed pending'])
  expect(await told('?event=video.encoded')).toEqual(['video.encoded delivered'])
  expect(await told('?event=video.encoded&state=pending')).toEqual([])
  expect(await list('?per_page=1&page=2')).toMatchObject({ total: 2, data: [{ type: 'video.failed' }] })
  for (const query of ['?state=x', '?event=x', '?page=0']) expect([query, (await call(`/api/v1/webhooks/${id}/deliveries${query}`, { key: mine.key })).status]).toEqual([query, 400])
})

test('W16: nothing is told to a webhook that is gone', async () => {
  const id = await subscribe()
  await happen()
  expect((await call(`/api/v1/webhooks/${id}`, { method: 'DELETE', key: mine.key })).status).toBe(204)
  await drainWebhook(outside(), id)
  expect(said).toEqual([])
})

test('W10: a change that fails tells nobody', async () => {
  const id = await subscribe()
  const video = await videoOf(mine)
  const stale = { ...video, version: 99 }
  await expect(outside().commit([deps.events.add(mine.accountId, 'video.encoded', video.id), deps.videos.save(stale)])).rejects.toThrow()
  await drainWebhook(outside(), id)
  expect(said).toEqual([])
})

test('an account has at most fifty webhooks, of public addresses', async () => {
  for (let count = 0; count < 50; count++) await subscribe()
  expect((await post('/api/v1/webhooks', { url: 'https://hooks.acme.dev/' }, { key: mine.key })).status).toBe(403)
  const refused = await post('/api/v1/webhooks', { url: 'https://169.254.169.254/' }, { key: (await tenant()).key })
  expect([refused.status, (await refused.json<{ code: string }>()).code]).toEqual([400, 'url_not_allowed'])
})

/** An event for one webhook, without waking the running Worker's courier. */
async function outsideCommit(id: WebhookId): Promise<void> {
  await outside().commit([deps.events.addFor(id, mine.accountId, 'webhook.test', {}).write])
}

test('W22: ten thousand due events are all told by one drain, each once, though nobody looked for ten minutes', async () => {
  const id = await subscribe()
  const { DB } = env as unknown as { DB: D1Database }
  const at = clock - 10 * 60_000
  const numbers = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)'
  const eventId = "'evt_0' || printf('%025d', i)"
  await DB.batch([
    DB.prepare(`${numbers} INSERT INTO events (id, account_id, type, video_id, data, created_at) SELECT ${eventId}, ?1, 'webhook.test', NULL, '{}', ?2 FROM n`).bind(mine.accountId, at),
    DB.prepare(`${numbers} INSERT INTO deliveries (event_id, webhook_id, account_id, state, next_attempt_at, created_at) SELECT ${eventId}, ?1, ?2, 'pending', ?3, ?3 FROM n`).bind(id, mine.accountId, at),
  ])
  answer = () => ({ status: 204 })
  expect(await drainWebhook(outside(), id)).toBeNull()
  expect([said.length, new Set(said.map(({ headers }) => headers['webhook-id'])).size]).toEqual([10_000, 10_000])
  expect((await deps.deliveries.list(id, { state: 'delivered', type: null }, { offset: 0, limit: 1 })).total).toBe(10_000)
}, 240_000)
