import { expect, test } from 'vitest'
import { call, deps, tenant, videoOf } from '../../support/site.ts'

/** Uses up what the shield lets through in a minute, without making the calls. Its local window is aligned to the clock: not across a turn of the minute. */
async function flood(who: string): Promise<void> {
  const left = 60_000 - (Date.now() % 60_000)
  if (left < 15_000) await new Promise((resolve) => setTimeout(resolve, left))
  await Promise.all(Array.from({ length: 1_201 }, () => deps.limiter.mayPlay(who)))
}

test('a flood of one address on one video is held off at every door, other addresses and other videos are not', async () => {
  const mine = await tenant()
  const [video, other] = [await videoOf(mine), await videoOf(mine)]
  const ask = (path: string, from: string) => call(path, { headers: { 'CF-Connecting-IP': from } })
  await flood(`203.0.113.7 ${video.embedToken}`)
  const refused = await ask(`/api/stream/${video.embedToken}/token`, '203.0.113.7')
  expect([refused.status, refused.headers.get('Retry-After'), (await refused.json<{ code: string }>()).code]).toEqual([429, '10', 'rate_limited'])
  expect((await ask(`/watch/${video.embedToken}`, '203.0.113.7')).status).toBe(429)
  expect((await ask(`/watch/${video.embedToken}`, '203.0.113.8')).status).toBe(200)
  expect((await ask(`/watch/${other.embedToken}`, '203.0.113.7')).status).toBe(200)
})

test('one session cannot ask for playlists and keys without end, and segments are not counted', async () => {
  const mine = await tenant()
  const video = await videoOf(mine)
  const token = await deps.tokens.sign('playback', { sub: video.id, emb: video.embedToken, sid: 's', enc: deps.newId('encode'), typ: 'VOD' }, 60)
  await flood(token.slice(-43))
  expect((await call(`/p/${token}/master.m3u8`)).status).toBe(429)
  expect((await call(`/p/${token}/key/0`)).status).toBe(429)
  expect((await call(`/p/${token}/m/v240/init.mp4`)).status).toBe(404)
})

test('what players of the api.video dialect tell is held off by address, at both collectors, and opening a video is not', async () => {
  const from = (path: string, body: unknown, address: string) => call(path, { method: 'POST', body: JSON.stringify(body), headers: { 'CF-Connecting-IP': address } })
  await flood('203.0.113.9 told')
  const ping = { session: { loaded_at: new Date(0).toISOString() }, events: [] }
  expect((await from('/vod', ping, '203.0.113.9')).status).toBe(429)
  expect((await from('/watch', { sat: 0, mid: '', pid: '', eve: [] }, '203.0.113.9')).status).toBe(429)
  expect((await from('/vod', ping, '203.0.113.10')).status).toBe(200)
  const video = await videoOf(await tenant())
  expect((await call(`/watch/${video.embedToken}`, { headers: { 'CF-Connecting-IP': '203.0.113.9' } })).status).toBe(200)
})
