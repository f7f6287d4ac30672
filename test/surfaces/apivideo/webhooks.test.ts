import { expect, test } from 'vitest'
import { drainWebhook } from '../../../worker/src/domain/webhooks/drainWebhook.ts'
import type { Id } from '../../../shared/src/ids.ts'
import { MAX_WEBHOOKS } from '../../../worker/src/domain/webhooks/createWebhook.ts'
import { encoded, enrol, queuedVideo } from '../../support/fleet.ts'
import { manifest, media } from '../../support/handIn.ts'
import { call, deps, post, type Tenant, tenant } from '../../support/site.ts'

interface Webhook {
  webhookId: string
  createdAt: string
  events: string[]
  url: string
  signatureSecret: string | null
}
interface Page {
  data: Webhook[]
  pagination: { itemsTotal: number; pagesTotal: number; currentPageItems: number; links: { rel: string; uri: string }[] }
}
const basic = ({ key }: Tenant) => ({ headers: { Authorization: `Basic ${btoa(`${key}:`)}` } })
const URL_ = 'https://hooks.acme.dev/video'
const QUALITY = 'video.encoding.quality.completed'
const make = (mine: Tenant, body: object) => post('/webhooks', body, basic(mine))
const list = async (mine: Tenant, query = '') => (await call(`/webhooks${query}`, basic(mine))).json<Page>()
const slug = (answer: { type?: string }) => answer.type?.split('/').at(-1)

/** What a webhook is told now, by a receiver that hears all. */
async function heard(webhookId: string) {
  const said: { headers: Record<string, string>; body: string }[] = []
  const outbound = { ...deps.outbound, post: async (_: string, headers: Record<string, string>, body: string) => (said.push({ headers, body }), { status: 200, error: null, body: '', retryAfter: null }) }
  await drainWebhook({ ...deps, now: () => Date.now() + 60_000, outbound }, `whk_${webhookId.slice(8)}` as Id<'webhook'>)
  return said
}

test('a webhook is made with a secret, shown with it, listed and removed', async () => {
  const mine = await tenant()
  const made = await make(mine, { events: [QUALITY, 'live-stream.broadcast.started'], url: URL_ })
  expect([made.status, made.headers.get('Content-Type')]).toEqual([201, 'application/json'])
  const webhook = await made.json<Webhook>()
  expect(webhook).toEqual({
    webhookId: expect.stringMatching(/^webhook_[0-9a-z]{26}$/),
    createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/),
    events: [QUALITY, 'live-stream.broadcast.started'],
    url: URL_,
    signatureSecret: expect.stringMatching(/^sig_sec_\w{22,}$/),
  })
  expect(await (await call(`/webhooks/${webhook.webhookId}`, basic(mine))).json()).toEqual(webhook)
  expect((await list(mine)).data).toEqual([webhook])
  const gone = await call(`/webhooks/${webhook.webhookId}`, { method: 'DELETE', ...basic(mine) })
  expect([gone.status, gone.headers.get('Content-Type'), await gone.text()]).toEqual([204, null, ''])
  const missing = await call(`/webhooks/${webhook.webhookId}`, basic(mine))
  expect([missing.status, await missing.json()]).toEqual([404, expect.objectContaining({ type: 'https://docs.api.video/reference/resource-not-found', name: 'webhookId', status: 404 })])
})

test('a list is filtered by one event and paged; edges are refused', async () => {
  const mine = await tenant()
  for (const events of [[QUALITY], ['live-stream.broadcast.ended'], [QUALITY, 'video.source.recorded']]) await make(mine, { events, url: URL_ })
  expect((await list(mine, `?events=${QUALITY}`)).data.map(({ events }) => events)).toEqual([[QUALITY, 'video.source.recorded'], [QUALITY]])
  expect((await list(mine, '?events=nothing.of.the.kind')).data).toEqual([])
  const page = await list(mine, '?currentPage=2&pageSize=2')
  expect(page.pagination).toMatchObject({ itemsTotal: 3, pagesTotal: 2, currentPageItems: 1 })
  expect(page.pagination.links.map(({ rel }) => rel)).toEqual(['self', 'first', 'previous', 'last'])
  for (const query of ['currentPage=0', 'pageSize=0', 'pageSize=101', 'currentPage=x']) expect([query, (await call(`/webhooks?${query}`, basic(mine))).status]).toEqual([query, 400])
  expect((await list(mine, '?currentPage=9')).data).toEqual([])
})

test('what is missing or wrong is named', async () => {
  const mine = await tenant()
  const refusal = async (body: object) => {
    const answer = await make(mine, body)
    const { name, type, problems } = await answer.json<{ name: string; type: string; problems: { name: string }[] }>()
    return [answer.status, slug({ type }), name, problems.map((problem) => problem.name)]
  }
  expect(await refusal({})).toEqual([400, 'attribute-required', 'events', ['events', 'url']])
  expect(await refusal({ events: [], url: URL_ })).toEqual([400, 'invalid-attribute', 'events', ['events']])
  expect(await refusal({ events: [QUALITY, 'video.encoded'], url: URL_ })).toEqual([400, 'invalid-attribute', 'events[1]', ['events[1]']])
  expect(await refusal({ events: [QUALITY], url: 'ftp://acme.dev/' })).toEqual([400, 'invalid-attribute', 'url', ['url']])
  expect(await refusal({ events: [QUALITY], url: 'https://127.0.0.1/' })).toEqual([400, 'invalid-attribute', 'url', ['url']])
})

test('one too many is refused in the dialect', async () => {
  const mine = await tenant()
  for (let at = 0; at < MAX_WEBHOOKS; at++) expect((await make(mine, { events: [QUALITY], url: URL_ })).status).toBe(201)
  const refused = await make(mine, { events: [QUALITY], url: URL_ })
  expect([refused.status, slug(await refused.json())]).toEqual([400, 'webhook-limit-reached'])
})

test('another tenant’s webhook and one made natively are not there', async () => {
  const [mine, other] = [await tenant(), await tenant()]
  const { webhookId } = await (await make(mine, { events: [QUALITY], url: URL_ })).json<Webhook>()
  const { id } = await (await post('/api/v1/webhooks', { url: URL_ }, { key: mine.key })).json<{ id: string }>()
  const native = `webhook_${id.slice(4)}`
  for (const [who, webhook] of [[other, webhookId], [mine, native], [mine, 'webhook_x']] as const) {
    for (const method of ['GET', 'DELETE']) expect([method, (await call(`/webhooks/${webhook}`, { method, ...basic(who) })).status]).toEqual([method, 404])
  }
  expect([(await list(mine)).pagination.itemsTotal, (await list(other)).pagination.itemsTotal]).toEqual([1, 0])
  const reader = { ...mine, key: (await (await post('/api/v1/api-keys', { name: 'r', scopes: ['webhooks:read'] }, { key: mine.key })).json<{ key: string }>()).key }
  expect((await list(reader)).data[0]?.signatureSecret).toBeNull()
})

test('each quality of a video is told, signed, once it is whole; what the dialect has no word for is not', async () => {
  const mine = await tenant()
  const { webhookId, signatureSecret } = await (await make(mine, { events: [QUALITY], url: URL_ })).json<Webhook>()
  const { video } = await encoded(mine, true)
  const said = await heard(webhookId)
  const bodies = said.map(({ body }) => JSON.parse(body))
  expect(bodies.map(({ quality }) => quality).sort()).toEqual(['240p', '360p'])
  for (const [at, body] of bodies.entries()) {
    expect(body).toEqual({ type: QUALITY, emittedAt: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/), videoId: `vi${video.id.slice(4)}`, encoding: 'hls', quality: body.quality })
    expect(said[at]?.headers['X-Api-Video-WebhookID']).toBe(webhookId)
    const key = await crypto.subtle.importKey('raw', new TextEncoder().encode(signatureSecret ?? ''), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
    const mac = new Uint8Array(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(said[at]?.body)))
    expect(said[at]?.headers['X-Api-Video-Signature']).toBe(Array.from(mac, (byte) => byte.toString(16).padStart(2, '0')).join(''))
  }
})

test('the status tells of each quality as webhooks do: encoded once it is whole, whatever is still to come; natively too', async () => {
  const mine = await tenant()
  const { webhookId } = await (await make(mine, { events: [QUALITY], url: URL_ })).json<Webhook>()
  const [agent, video] = [await enrol(), await queuedVideo(mine)]
  const status = async () => {
    const { encoding } = await (await call(`/videos/vi${video.id.slice(4)}/status`, basic(mine))).json<{ encoding: { qualities: { type: string; quality: string; status: string }[] } }>()
    return encoding.qualities.map(({ type, quality, status }) => `${type} ${quality} ${status}`)
  }
  const told = async () => (await heard(webhookId)).map(({ body }) => JSON.parse(body).quality).toSorted()
  expect(await status()).toEqual([])
  const prepare = (await agent.claim('prepare'))!
  const small = media(4)
  const large = { ...small, video: { ...small.video!, codedWidth: 2560, codedHeight: 1440, width: 2560, height: 1440 } }
  // The low rungs of a first piece come before the high ones.
  const { next: low } = await (await agent.commit(prepare, { kind: 'prepare', media: large })).json<{ next: typeof prepare }>()
  expect(await status()).toEqual(['240p', '360p', '480p', '720p', '1080p'].map((quality) => `hls ${quality} encoding`))
  await agent.commit(low, { kind: 'encode', manifest: manifest(low, 1) })
  expect(await status()).toEqual(['hls 240p encoded', 'hls 360p encoded', 'hls 480p encoding', 'hls 720p encoding', 'hls 1080p encoding'])
  expect(await told()).toEqual(['240p', '360p'])
  const encode = await (await call(`/api/v1/videos/${video.id}/encodes/${low.encodeId}`, { key: mine.key })).json<{ qualities: { quality: string; state: string }[] }>()
  expect(encode.qualities.map(({ quality, state }) => `${quality} ${state}`)).toEqual(['240p ready', '360p ready', '480p encoding', '720p encoding', '1080p encoding', '1440p encoding'])
  const high = (await agent.claim('encode'))!
  await agent.commit(high, { kind: 'encode', manifest: manifest(high, 1) })
  expect(await status()).toEqual(['240p', '360p', '480p', '720p', '1080p'].map((quality) => `hls ${quality} encoded`))
  // 1440p has no name in this dialect: it goes by 1080p, which is told once.
  expect(await told()).toEqual(['1080p', '480p', '720p'])
  // Nothing of it is left to the hosts of the tests that follow.
  await agent.claim('audio')
})

test('the MP4 file of a video is told of too, where the video offers one', async () => {
  const mine = await tenant()
  const { video } = await encoded(mine, true)
  const { webhookId } = await (await make(mine, { events: [QUALITY], url: URL_ })).json<Webhook>()
  await call(`/api/v1/videos/${video.id}`, { method: 'PUT', key: mine.key, body: '{"downloadable":true}' })
  const agent = await enrol()
  const lease = (await agent.claim('download'))!
  const { key } = lease.task as { key: string }
  await call(`/agent/v1/jobs/${lease.id}/objects/${key}?epoch=${lease.epoch}`, { method: 'PUT', body: 'an MP4', headers: { Authorization: `Bearer ${agent.credential}` } })
  expect((await agent.commit(lease, { kind: 'download', sizeBytes: 6 })).status).toBe(200)
  expect((await heard(webhookId)).map(({ body }) => JSON.parse(body))).toEqual([expect.objectContaining({ type: QUALITY, videoId: `vi${video.id.slice(4)}`, encoding: 'mp4', quality: '360p' })])
})
