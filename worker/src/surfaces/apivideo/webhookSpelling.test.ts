import { expect, test } from 'vitest'
import { webCrypto } from '../../adapters/crypto.ts'
import type { EventType } from '../../domain/webhooks/webhook.ts'
import { apivideoSpelling, factOf, spellQuality, wordOf } from './webhookSpelling.ts'

const zeros = '0'.repeat(26)
const telling = (type: EventType, data: Record<string, unknown>, secret = 'sig_sec_0000000000000000000000') => ({
  webhookId: `whk_${zeros}` as const,
  event: { id: `evt_${zeros}` as const, type, data, createdAt: Date.parse('2021-01-29T15:46:25.217Z') },
  at: 0,
  secrets: [secret],
})

test('the contract’s vector: the signature is the hex HMAC-SHA256 of the raw body under the whole secret', async () => {
  // The vector's ids have 22 zeros where ours have 26.
  const body = '{"type":"video.encoding.quality.completed","emittedAt":"2021-01-29T15:46:25.217Z","videoId":"vi0000000000000000000000","liveStreamId":"li0000000000000000000000","encoding":"hls","quality":"720p"}'
  const data = { video_id: `vid_${zeros.slice(4)}`, live_stream_id: `liv_${zeros.slice(4)}`, kind: 'hls', quality: '720p' }
  const message = await apivideoSpelling.tell({ crypto: webCrypto }, telling('video.quality_encoded', data))
  expect(message?.body).toBe(body)
  expect(message?.headers).toEqual({
    'X-Api-Video-WebhookID': `webhook_${zeros}`,
    'X-Api-Video-Signature': '27a77d3a7fc626854886b5dbfae4e32c8b0170c1ea1b714c91ba77f1e7774e8c',
  })
})

test.each([
  ['video.quality_encoded', { video_id: `vid_${zeros}`, kind: 'mp4', quality: '1440p' }, { type: 'video.encoding.quality.completed', videoId: `vi${zeros}`, encoding: 'mp4', quality: '1080p' }],
  ['live.started', { live_stream_id: `liv_${zeros}` }, { type: 'live-stream.broadcast.started', liveStreamId: `li${zeros}` }],
  ['live.ended', { live_stream_id: `liv_${zeros}` }, { type: 'live-stream.broadcast.ended', liveStreamId: `li${zeros}` }],
  ['recording.ready', { live_stream_id: `liv_${zeros}`, video_id: `vid_${zeros}` }, { type: 'video.source.recorded', videoId: `vi${zeros}`, liveStreamId: `li${zeros}` }],
] as const)('%s is told in the dialect’s words', async (type, data, said) => {
  const message = await apivideoSpelling.tell({ crypto: webCrypto }, telling(type, data))
  expect(JSON.parse(message?.body ?? '')).toEqual({ emittedAt: '2021-01-29T15:46:25.217Z', ...said })
  expect(factOf(wordOf(type) ?? '')).toBe(type)
})

test('what the dialect has no word for is not told', async () => {
  for (const type of ['video.uploaded', 'video.encoded', 'video.deleted'] as const) expect([wordOf(type), await apivideoSpelling.tell({ crypto: webCrypto }, telling(type, {}))]).toEqual([null, null])
})

test('two qualities of ours that are one of the dialect’s are told once, with the lower', async () => {
  const qualities = ['720p', '1080p', '1440p', '2160p']
  const said = await Promise.all(qualities.map((quality) => apivideoSpelling.tell({ crypto: webCrypto }, telling('video.quality_encoded', { video_id: `vid_${zeros}`, kind: 'hls', quality, qualities }))))
  expect(said.map((message) => message && JSON.parse(message.body).quality)).toEqual(['720p', '1080p', null, '2160p'])
})

test('three retries, 3 s apart, after any answer from 300 on', () => {
  expect([1, 2, 3, 4].map((tries) => apivideoSpelling.waitAfter(tries, 60_000, 0.9))).toEqual([3_000, 3_000, 3_000, null])
  expect([200, 204, 299, 300, 302, 404, 410, 500].filter((status) => apivideoSpelling.isHeard(status))).toEqual([200, 204, 299])
})

test.each([['240p', '240p'], ['358p', '360p'], ['540p', '480p'], ['1440p', '1080p'], ['2160p', '2160p'], ['4320p', '2160p'], ['144p', '240p']])('%s is called %s', (ours, theirs) => {
  expect(spellQuality(ours)).toBe(theirs)
})
