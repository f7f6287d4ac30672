import { beforeAll, expect, test } from 'vitest'
import { encoded } from '../../support/fleet.ts'
import { png } from '../../support/images.ts'
import { call, type Tenant, tenant } from '../../support/site.ts'
import { api, basic, bodyOf, container, refusalOf } from './client.ts'

interface Video {
  videoId: string
  assets: { player: string; hls: string; thumbnail: string }
}
const VTT = 'WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n'
let mine: Tenant
let ready: string
beforeAll(async () => {
  mine = await tenant()
  ready = `vi${(await encoded(mine, true)).video.id.slice(4)}`
})
const show = (id: string) => bodyOf<Video>(api(mine, 'GET', `/videos/${id}`))
const made = async (visibility: boolean): Promise<Video> => {
  await api(mine, 'PATCH', `/videos/${ready}`, { public: visibility })
  return show(ready)
}

test('the HLS address answers 202 without a body until there is something to play, then leads to playlists', async () => {
  const { assets } = await show(await container(mine))
  const waiting = await call(assets.hls, { headers: { Origin: 'https://shop.example' } })
  expect([waiting.status, await waiting.text(), waiting.headers.get('Content-Type'), waiting.headers.get('Access-Control-Allow-Origin')]).toEqual([202, '', null, '*'])
  const answer = await call((await made(true)).assets.hls)
  expect([answer.status, answer.headers.get('Location')]).toEqual([302, expect.stringMatching(/^\/p\/.+\/master\.m3u8$/)])
  const master = await call(answer.headers.get('Location')!)
  expect([master.status, (await master.text()).startsWith('#EXTM3U')]).toEqual([200, true])
})

test('of a private video the HLS address waits likewise, as often as it is asked, and a token that is none still opens nothing', async () => {
  const id = await container(mine, { public: false })
  const { assets } = await show(id)
  for (const _ of [1, 2, 3]) {
    const waiting = await call(assets.hls)
    expect([waiting.status, await waiting.text()]).toEqual([202, ''])
  }
  // It was not used up by that.
  expect((await call(assets.hls.replace('/hls/manifest.m3u8', '/session'))).status).toBe(200)
  const foreign = (await show(await container(mine, { public: false }))).assets.hls.split('/token/')[1]!.split('/')[0]
  for (const token of ['x', foreign]) expect((await call(`/vod/${id}/token/${token}/hls/manifest.m3u8`)).status).toBe(404)
})

test('a public video’s page leads to our player', async () => {
  const { assets } = await made(true)
  const page = await call((await call(assets.player)).headers.get('Location')!)
  expect([page.status, page.headers.get('Content-Type')]).toEqual([200, 'text/html; charset=utf-8'])
  const asked = (await call(`${assets.player}?metadata[userId]=7&autoplay=true`)).headers.get('Location')!
  expect([...new URLSearchParams(asked.split('?')[1])]).toEqual([['metadata[userId]', '7'], ['autoplay', 'true']])
})

test('a private video opens to an invitation, once; every answer brings a new one', async () => {
  const first = await made(false)
  expect(first.assets.player).toMatch(new RegExp(`^http://avocet\\.test/vod/${ready}\\?token=`))
  expect(first.assets.hls).toMatch(new RegExp(`^http://avocet\\.test/vod/${ready}/token/[^/]+/hls/manifest\\.m3u8$`))
  expect((await show(ready)).assets.hls).not.toBe(first.assets.hls)
  expect((await call(`/vod/${ready}/hls/manifest.m3u8`)).status).toBe(404)
  const answer = await call(first.assets.hls)
  expect((await call(answer.headers.get('Location')!)).status).toBe(200)
  expect((await call(first.assets.hls)).status).toBe(404)
  const used = await call(first.assets.player)
  expect([used.status, used.headers.get('Content-Type'), await used.text()]).toEqual([404, 'text/html; charset=utf-8', expect.stringContaining('data-code="video_not_found"')])
})

test('who opens the page of nothing gets a page', async () => {
  for (const id of ['none', 'vi', `vi${'0'.repeat(26)}`, `${ready}x`, `pl${ready.slice(2)}`]) {
    const page = await call(`/vod/${id}`)
    expect([id, page.status, page.headers.get('Content-Type'), await page.text()]).toEqual([id, 404, 'text/html; charset=utf-8', expect.stringContaining('data-code="video_not_found"')])
  }
})

test('an invitation is exchanged for a session that opens everything of that video for a day, and of no other', async () => {
  const body = new FormData()
  body.append('file', new File([png(120, 60)], 'file'))
  expect((await call(`/videos/${ready}/thumbnail`, { method: 'POST', headers: basic(mine), body })).status).toBe(200)
  const { assets } = await made(false)
  const base = assets.hls.replace('/hls/manifest.m3u8', '')
  const { session_token: avh } = await bodyOf<{ session_token: string }>(call(`${base}/session`))
  expect((await call(`${base}/session`)).status).toBe(404)
  for (const _ of [1, 2]) {
    expect((await call(`${assets.hls}?avh=${avh}`)).status).toBe(302)
    expect((await call(`${assets.thumbnail}?avh=${avh}`)).headers.get('Content-Type')).toBe('image/png')
    const page = await call(`/vod/${ready}?token=used&avh=${avh}`)
    expect((await call(page.headers.get('Location')!)).status).toBe(200)
  }
  const other = await container(mine)
  expect((await call(`/vod/${other}/hls/manifest.m3u8?avh=${avh}`)).status).toBe(404)
})

test('a session ends with the video’s tokens', async () => {
  const { assets } = await made(false)
  const { session_token: avh } = await bodyOf<{ session_token: string }>(call(assets.hls.replace('/hls/manifest.m3u8', '/session')))
  expect((await call(`/api/v1/videos/vid_${ready.slice(2)}/embed-tokens`, { method: 'DELETE', key: mine.key })).status).toBeLessThan(300)
  expect((await call(`${assets.hls}?avh=${avh}`)).status).toBeGreaterThanOrEqual(400)
})

test('forged and foreign tokens open nothing', async () => {
  const other = await container(mine, { public: false })
  const { assets } = await show(other)
  const foreign = assets.hls.split('/token/')[1]!.split('/')[0]
  for (const token of ['x', 'a.b.c', foreign, mine.key]) expect((await call(`/vod/${ready}/token/${token}/hls/manifest.m3u8`)).status).toBe(404)
})

const track = (id: string, noun: string, language: string, text = VTT) => {
  const body = new FormData()
  body.append('file', new File([text], 'file', { type: 'application/octet-stream' }))
  return call(`/videos/${id}/${noun}/${language}`, { method: 'POST', headers: basic(mine), body })
}

test('MP4 files and texts of a video locked to sites are for those sites alone', async () => {
  const { video } = await encoded(mine, true)
  const id = `vi${video.id.slice(4)}`
  await track(id, 'captions', 'en')
  await call(`/api/v1/videos/${video.id}`, { method: 'PUT', key: mine.key, body: JSON.stringify({ allowed_domains: ['school.example'], downloadable: true }) })
  const file = (path: string, Referer: string) => call(`/vod/${id}/${path}`, { headers: { Referer } }).then(({ status }) => status)
  for (const path of ['mp4/source.mp4', 'captions/en.vtt']) {
    expect([path, await file(path, 'https://elsewhere.example/'), (await call(`/vod/${id}/${path}`)).status]).toEqual([path, 403, 403])
    expect([path, await file(path, 'https://school.example/')]).not.toEqual([path, 403])
  }
  expect(await file('captions/en.vtt', 'https://school.example/')).toBe(200)
})

test('captions: uploaded, listed, shown, made the default, fetched, deleted', async () => {
  const id = await container(mine)
  const answer = await track(id, 'captions', 'fr-CA')
  expect([answer.status, await answer.json()]).toEqual([
    200,
    { uri: `/videos/${id}/captions/fr-CA`, src: `http://avocet.test/vod/${id}/captions/fr-CA.vtt`, srclang: 'fr-CA', languageName: expect.any(String), default: false },
  ])
  await track(id, 'captions', 'en')
  for (const language of ['fr-CA', 'en']) expect(await bodyOf(api(mine, 'PATCH', `/videos/${id}/captions/${language}`, { default: true }))).toMatchObject({ default: true })
  const { data } = await bodyOf<{ data: { srclang: string; default: boolean }[] }>(api(mine, 'GET', `/videos/${id}/captions`))
  expect(data.map((one) => [one.srclang, one.default])).toEqual([['en', true], ['fr-CA', false]])
  expect(await (await call(`/vod/${id}/captions/en.vtt`)).text()).toContain('Hello')
  expect((await api(mine, 'DELETE', `/videos/${id}/captions/en`)).status).toBe(204)
  expect(await refusalOf(api(mine, 'GET', `/videos/${id}/captions/en`))).toEqual([404, 'resource-not-found'])
  expect(await bodyOf(track(id, 'captions', 'no_language'))).toMatchObject({ status: 400, name: 'language', type: 'https://docs.api.video/reference/invalid-attribute' })
})

test('chapters likewise, without a default', async () => {
  const id = await container(mine)
  expect(await bodyOf(track(id, 'chapters', 'en'))).toEqual({ uri: `/videos/${id}/chapters/en`, src: `http://avocet.test/vod/${id}/chapters/en.vtt`, language: 'en' })
  expect((await api(mine, 'PATCH', `/videos/${id}/chapters/en`, {})).status).toBe(405)
  expect((await api(mine, 'DELETE', `/videos/${id}/chapters/en`)).status).toBe(204)
})
