import * as parser from 'hls-parser'
import { expect, test } from 'vitest'
import { type EncodeId, toHex } from '../../../shared/src/ids.ts'
import { encoded, enrol, queuedVideo } from '../../support/fleet.ts'
import { manifest, media } from '../../support/handIn.ts'
import { call, deps, post, type Tenant, tenant } from '../../support/site.ts'

interface Session {
  playlist_token: string
  master_m3u8: string
  manifest_mpd: string | null
  expires_in: number
}
const code = async (answer: Response) => [answer.status, (await answer.json<{ code: string }>()).code]
const open = (token: string, init: RequestInit = {}) => call(`/api/stream/${token}/token`, { method: 'POST', body: '{}', ...init })
const update = (mine: Tenant, id: string, body: object) => call(`/api/v1/videos/${id}`, { method: 'PUT', key: mine.key, body: JSON.stringify(body) })

test('not playable yet is said as such; then a session opens', async () => {
  const mine = await tenant()
  const video = await queuedVideo(mine)
  expect(await code(await open(video.embedToken))).toEqual([409, 'not_ready'])
  const agent = await enrol()
  const lease = (await agent.claim('prepare'))!
  await agent.post(`jobs/${lease.id}/fail`, { epoch: 1, class: 'permanent', reason: 'not_a_video', message: 'No video.' })
  expect(await code(await open(video.embedToken))).toEqual([422, 'video_failed'])
})

test('a session opened early sees one EVENT playlist that grows and ends; one opened later sees VOD', async () => {
  const mine = await tenant()
  const { video, finish } = await encoded(mine, false)
  const early = await (await open(video.embedToken)).json<Session>()
  const media = async (session: Session, name: string) => (await call(`/p/${session.playlist_token}/${name}.m3u8`)).text()
  const master = parser.parse(await (await call(early.master_m3u8)).text()) as parser.types.MasterPlaylist
  expect(master.variants.map(({ uri }) => uri).sort()).toEqual(['v240.m3u8', 'v360.m3u8'])
  expect(master.variants[0]?.audio[0]).toMatchObject({ uri: 'a0.m3u8', language: 'en', isDefault: true })
  const young = await media(early, 'v360')
  expect(young).toContain('#EXT-X-PLAYLIST-TYPE:EVENT')
  expect(young.match(/#EXTINF/g)).toHaveLength(1)
  expect((await media(early, 'a0')).match(/#EXTINF/g)).toHaveLength(1)
  await finish()
  const grown = await media(early, 'v360')
  expect(grown.startsWith(young)).toBe(true)
  expect(grown.match(/#EXTINF/g)).toHaveLength(5)
  expect(grown.trimEnd().endsWith('#EXT-X-ENDLIST')).toBe(true)
  const late = await (await open(video.embedToken)).json<Session>()
  expect(await media(late, 'v360')).toContain('#EXT-X-PLAYLIST-TYPE:VOD')
})

test('DASH is there for an unencrypted encode once it is ready; for an encrypted one a 404 says why', async () => {
  const mine = await tenant()
  const { video, encodeId, finish } = await encoded(mine, false)
  const early = await (await open(video.embedToken)).json<Session>()
  expect([early.manifest_mpd, ...(await code(await call(`/p/${early.playlist_token}/manifest.mpd`)))]).toEqual([null, 404, 'dash_not_offered'])
  const { encode } = (await deps.encodes.committed(encodeId as EncodeId))!
  await deps.commit([deps.encodes.save({ ...encode, encryption: 'none' })])
  const growing = await call(`/p/${early.playlist_token}/manifest.mpd`)
  expect([growing.headers.get('Retry-After'), ...(await code(growing))]).toEqual(['5', 409, 'not_ready'])
  await finish()
  const answer = await call(`/p/${early.playlist_token}/manifest.mpd`)
  expect([answer.status, answer.headers.get('Content-Type'), answer.headers.get('Access-Control-Allow-Origin')]).toEqual([200, 'application/dash+xml', '*'])
  const text = await answer.text()
  expect(text.match(/<SegmentURL media="m\/v360\//g)).toHaveLength(5)
  expect(text).toContain('type="static"')
  expect((await (await open(video.embedToken)).json<Session>()).manifest_mpd).toMatch(/^\/p\/.+\/manifest\.mpd$/)
})

test('the playlists of HEVC and AV1 rungs have addresses too', async () => {
  const mine = await tenant()
  const { video } = await encoded(mine, true)
  const session = await (await open(video.embedToken)).json<Session>()
  for (const name of ['v360h', 'v360a']) expect(await code(await call(`/p/${session.playlist_token}/${name}.m3u8`))).toEqual([404, 'rendition_not_found'])
  expect(await code(await call(`/p/${session.playlist_token}/v360x.m3u8`))).toEqual([404, 'route_not_found'])
})

test('A21: keys come to who may play, and stop with revocation, when a video is made private or deleted, and for a token that was changed', async () => {
  const mine = await tenant()
  const [revoked, hidden, gone] = [(await encoded(mine, true)).video, (await encoded(mine, true)).video, (await encoded(mine, true)).video]
  const { embed_token, id } = await (await post('/api/v1/embed-token', { video_id: revoked.id }, { key: mine.key })).json<{ embed_token: string; id: string }>()
  const sessions = await Promise.all([embed_token, hidden.embedToken, gone.embedToken].map(async (token) => (await open(token)).json<Session>()))
  const keyOf = ({ playlist_token }: Session) => call(`/p/${playlist_token}/key/0`)
  for (const session of sessions) {
    const key = await keyOf(session)
    expect([(await key.arrayBuffer()).byteLength, key.headers.get('Cache-Control')]).toEqual([16, 'no-store'])
    expect(await code(await call(`/p/${session.playlist_token.slice(0, -3)}abc/key/0`))).toEqual([401, 'playback_token_invalid'])
  }
  expect((await call(`/api/v1/embed-tokens/${id}`, { method: 'DELETE', key: mine.key })).status).toBe(204)
  expect((await update(mine, hidden.id, { visibility: 'private' })).status).toBe(200)
  expect((await call(`/api/v1/videos/${gone.id}`, { method: 'DELETE', key: mine.key })).status).toBe(204)
  const refusals = async () => Promise.all(sessions.map(async (session) => code(await keyOf(session))))
  await expect.poll(refusals, { timeout: 20_000, interval: 500 }).toEqual([[410, 'token_revoked'], [403, 'token_required'], [404, 'embed_not_found']])
})

test('the key a player gets is the key the transcoder was given', async () => {
  const mine = await tenant()
  const agent = await enrol()
  const video = await queuedVideo(mine)
  const prepare = (await agent.claim('prepare'))!
  const { next } = await (await agent.commit(prepare, { kind: 'prepare', media: media(20) })).json<{ next: typeof prepare }>()
  await agent.commit(next, { kind: 'encode', manifest: manifest(next, 1) })
  const sound = (await agent.claim('audio'))!
  await agent.commit(sound, { kind: 'audio', manifest: manifest(sound, 1), final: false })
  const session = await (await open(video.embedToken)).json<Session>()
  const key = toHex(new Uint8Array(await (await call(`/p/${session.playlist_token}/key/0`)).arrayBuffer()))
  expect(next.task.kind === 'encode' && next.task.keys?.[0]?.hex).toBe(key)
})

test('A26: encrypted segments need no token, are immutable, and answer ranges, HEAD, 304 and 416; a thousand ranges, or one that makes no sense, get the whole once', async () => {
  const mine = await tenant()
  const { encodeId } = await encoded(mine, true)
  const path = `/m/${encodeId}/v240/0-1-0.m4s`
  await deps.objects.put(`vod/${encodeId}/v240/0-1-0.m4s`, new TextEncoder().encode('0123456789'), 10, 'video/mp4')
  const whole = await call(path)
  expect([whole.status, whole.headers.get('Content-Type'), whole.headers.get('Cache-Control'), await whole.text()]).toEqual([200, 'video/mp4', 'public, max-age=31536000, immutable', '0123456789'])
  expect(whole.headers.get('Access-Control-Allow-Origin')).toBe('*')
  const part = await call(path, { headers: { Range: 'bytes=2-4' } })
  expect([part.status, part.headers.get('Content-Range'), await part.text()]).toEqual([206, 'bytes 2-4/10', '234'])
  const head = await call(path, { method: 'HEAD' })
  expect([head.status, head.headers.get('Content-Length'), await head.text()]).toEqual([200, '10', ''])
  expect((await call(path, { headers: { 'If-None-Match': whole.headers.get('ETag') as string } })).status).toBe(304)
  const beyond = await call(path, { headers: { Range: 'bytes=10-' } })
  expect([beyond.status, beyond.headers.get('Content-Range')]).toEqual([416, 'bytes */10'])
  for (const Range of [`bytes=${Array.from({ length: 1_000 }, () => '0-9').join(',')}`, 'bytes=5-2', 'bytes=-', 'lines=1-2', 'bytes=0x1-5', 'bytes=0-1,8-9']) {
    const answer = await call(path, { headers: { Range } })
    expect([Range.slice(0, 30), answer.status, answer.headers.get('Content-Type'), await answer.text()]).toEqual([Range.slice(0, 30), 200, 'video/mp4', '0123456789'])
  }
})

test.each(['../x', '%2e%2e/x', 'v240/..%2f0-1-0.m4s', 'v240/0-1-0.txt', 'images/1-poster.jpg', 'v240/%00.m4s', 'v240//0-1-0.m4s'])('A25: /m/{encode}/%s is not there', async (path) => {
  const mine = await tenant()
  const { encodeId } = await encoded(mine, true)
  expect((await call(`/m/${encodeId}/${path}`)).status).toBe(404)
})

test('A18, A21: the domain lock: the page, its policy, the ticket and the Origin', async () => {
  const mine = await tenant()
  const { video } = await encoded(mine, true)
  await update(mine, video.id, { allowed_domains: ['school.edu', '*.school.edu'] })
  const page = (referer?: string) => call(`/watch/${video.embedToken}`, referer ? { headers: { Referer: referer } } : {})
  for (const referer of [undefined, 'https://evil.example/', 'https://school.edu.evil.example/']) {
    const denied = await page(referer)
    expect(denied.status).toBe(403)
    expect(await denied.text()).toContain('Not available on this site')
  }
  const allowed = await page('https://www.school.edu/lesson/1')
  expect(allowed.status).toBe(200)
  expect(allowed.headers.get('Content-Security-Policy')).toContain('frame-ancestors http://avocet.test school.edu *.school.edu')
  const html = await allowed.text()
  const { ticket } = JSON.parse(/<script type="application\/json" id="avocet">(.*?)<\/script>/.exec(html)?.[1] ?? '{}') as { ticket: string }
  expect((await open(video.embedToken, { body: JSON.stringify({ ticket }) })).status).toBe(200)
  expect(await code(await open(video.embedToken))).toEqual([403, 'domain_not_allowed'])
  expect(await code(await open(video.embedToken, { headers: { Origin: 'http://avocet.test' } }))).toEqual([403, 'domain_not_allowed'])
  expect((await open(video.embedToken, { headers: { Origin: 'https://school.edu' } })).status).toBe(200)
  const { embed_token } = await (await post('/api/v1/embed-token', { video_id: video.id }, { key: mine.key })).json<{ embed_token: string }>()
  expect(await code(await open(embed_token, { body: JSON.stringify({ ticket }) }))).toEqual([403, 'domain_not_allowed'])
})

test('A29: the player page escapes what people wrote, under a strict policy', async () => {
  const mine = await tenant()
  const { video } = await encoded(mine, true)
  await update(mine, video.id, { title: '</script><img src=x onerror=alert(1)>' })
  const page = await call(`/watch/${video.embedToken}`)
  const html = await page.text()
  expect(html).not.toContain('<img src=x')
  expect(page.headers.get('Content-Security-Policy')).toMatch(/default-src 'none'.*script-src 'self';/)
  const gone = await call(`/watch/${'0'.repeat(32)}`)
  expect([gone.status, (await gone.text()).includes('does not exist')]).toEqual([404, true])
})

test('a track added a moment ago is there for a session opened now', async () => {
  const mine = await tenant()
  const { video } = await encoded(mine, true)
  const first = await (await open(video.embedToken)).json<Session>()
  await call(`/p/${first.playlist_token}/key/0`)
  await call(`/api/v1/videos/${video.id}/subtitles?language=en`, { method: 'POST', key: mine.key, body: 'WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n' })
  const { captions } = await (await open(video.embedToken)).json<{ captions: { url: string }[] }>()
  const track = await call(captions[0]?.url ?? '/none')
  expect([track.status, await track.text()]).toEqual([200, 'WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nHello\n'])
})
