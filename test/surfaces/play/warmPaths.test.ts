/** What the hot paths ask of D1, counted. */
import { createExecutionContext } from 'cloudflare:test'
import { beforeAll, expect, test } from 'vitest'
import { makeDeps } from '../../../worker/src/deps.ts'
import { viewerOf } from '../../../worker/src/domain/embeds/viewerOf.ts'
import { type Isolate, isolate } from '../../support/countedD1.ts'
import { encoded } from '../../support/fleet.ts'
import { sign, signingKey } from '../../support/signing.ts'
import { deps, post, type Tenant, tenant } from '../../support/site.ts'

let mine: Tenant
let here: Isolate
let made: Awaited<ReturnType<typeof encoded>>
let addresses: Record<'master' | 'media' | 'key' | 'segment', string>

beforeAll(async () => {
  mine = await tenant()
  made = await encoded(mine, true)
  const { video, encodeId } = made
  const { embed_token } = await (await post('/api/v1/embed-token', { video_id: video.id, max_sessions: 2 }, { key: mine.key })).json<{ embed_token: string }>()
  here = isolate()
  const { playlist_token } = await (await here.fetch(`/api/stream/${embed_token}/token`, { method: 'POST', body: '{}' })).json<{ playlist_token: string }>()
  const segment = `/m/${encodeId}/v360/0-1-0.m4s`
  await deps.objects.put(segment.replace('/m/', 'vod/'), new Uint8Array(16), 16, 'video/mp4')
  const base = `/p/${playlist_token}`
  addresses = { master: `${base}/master.m3u8`, media: `${base}/v360.m3u8`, key: `${base}/key/0`, segment }
})

test.each(['segment', 'key', 'media', 'master'] as const)('a warm isolate answers a %s without asking D1', async (what) => {
  expect((await here.fetch(addresses[what])).status).toBe(200)
  const before = here.trips()
  for (let again = 0; again < 3; again++) expect((await here.fetch(addresses[what])).status).toBe(200)
  expect(here.trips() - before).toBe(0)
})

test('an isolate that knows nothing yet is asked for a segment: one look at D1', async () => {
  const cold = isolate()
  expect((await cold.fetch(addresses.segment)).status).toBe(200)
  expect(cold.trips()).toBe(1)
})

test('a beacon costs one look at D1 for a minted link and none for a signed one, whatever became of the link; then none', async () => {
  const cold = isolate()
  const ports = makeDeps(cold.env, createExecutionContext(), null)
  const { embed_token, id } = await (await post('/api/v1/embed-token', { video_id: made.video.id, viewer_id: 'Zoë' }, { key: mine.key })).json<{ embed_token: string; id: string }>()
  const signed = await sign(await signingKey(mine), made.video.id, { viewer_id: 'Zoë' })
  expect((await post(`/api/v1/embed-tokens/${id}`, undefined, { key: mine.key, method: 'DELETE' })).status).toBe(204)
  const asked = async (token: string) => {
    const before = cold.trips()
    return [await viewerOf(ports, token), cold.trips() - before]
  }
  expect([await asked(embed_token), await asked(embed_token), await asked(signed), await asked(made.video.embedToken)]).toEqual([['Zoë', 1], ['Zoë', 0], ['Zoë', 0], [null, 1]])
})

test('what another player tells of a video costs one look at D1, then none; of a video that is none, it is answered alike', async () => {
  const cold = isolate()
  const ping = async (videoId: string) => {
    const before = cold.trips()
    const session = { loaded_at: new Date(deps.now()).toISOString(), video_id: videoId }
    const answer = await cold.fetch('/vod', { method: 'POST', body: JSON.stringify({ session, events: [] }) })
    return [answer.status, /^ps[0-9a-z]+$/.test((await answer.json<{ session: string }>()).session), cold.trips() - before]
  }
  const watch = async (videoId: string) => {
    const before = cold.trips()
    const { status } = await cold.fetch('/watch', { method: 'POST', body: JSON.stringify({ sat: 0, mid: videoId, pid: crypto.randomUUID(), eve: [] }) })
    return [status, cold.trips() - before]
  }
  const spelled = made.video.id.replace('vid_', 'vi')
  expect([await ping(spelled), await ping(spelled), await ping('vinothing')]).toEqual([[200, true, 1], [200, true, 0], [200, true, 0]])
  expect(await watch(spelled)).toEqual([204, 0])
})

test('authenticating an API key is one round trip for an isolate that does not know it, and none once it does', async () => {
  const cold = isolate()
  // Refused for its body before anything else is asked; the key was used a moment ago, so its last use is not written again.
  const asked = async () => {
    const before = cold.trips()
    const { status } = await cold.fetch('/api/v1/webhooks', { method: 'POST', headers: { 'X-API-Key': mine.key }, body: '{}' })
    return [status, cold.trips() - before]
  }
  expect([await asked(), await asked(), await asked()]).toEqual([[400, 1], [400, 0], [400, 0]])
})

test('a key revoked in one isolate is refused by another that knew it, within 10 seconds', async () => {
  const { id, key } = await (await post('/api/v1/api-keys', { name: 'short-lived' }, { key: mine.key })).json<{ id: string; key: string }>()
  const other = isolate()
  const status = async () => (await other.fetch('/api/v1/me', { headers: { 'X-API-Key': key } })).status
  expect(await status()).toBe(200)
  expect((await post(`/api/v1/api-keys/${id}`, undefined, { key: mine.key, method: 'DELETE' })).status).toBe(204)
  await expect.poll(status, { timeout: 10_000, interval: 250 }).toBe(401)
})
