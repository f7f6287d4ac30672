import { expect, test } from 'vitest'
import { encoded } from '../../support/fleet.ts'
import { call, ORIGIN, post, tenant, videoOf } from '../../support/site.ts'

const oembed = (url: string, more = '') => call(`/oembed?url=${encodeURIComponent(url)}${more}`)
const code = async (answer: Response) => [answer.status, (await answer.json<{ code: string }>()).code]

test('a public video’s watch page says where its oEmbed answer is, and that answer embeds it', async () => {
  const mine = await tenant()
  const { video } = await encoded(mine, true)
  await call(`/api/v1/videos/${video.id}`, { method: 'PUT', key: mine.key, body: JSON.stringify({ title: 'Spring & <i>reeds</i>' }) })
  const page = await (await call(`/watch/${video.embedToken}`)).text()
  const address = /<link rel="alternate" type="application\/json\+oembed" href="([^"]+)"/.exec(page)?.[1]?.replaceAll('&amp;', '&') ?? ''
  const answer = await call(address)
  expect([answer.headers.get('Content-Type'), answer.headers.get('Access-Control-Allow-Origin')]).toEqual(['application/json', '*'])
  const said = await answer.json<{ html: string; width: number; height: number }>()
  expect(said).toMatchObject({ version: '1.0', type: 'video', title: 'Spring & <i>reeds</i>', width: 640, height: 360, provider_url: ORIGIN })
  expect(said.html).toContain(`<iframe src="${ORIGIN}/watch/${video.embedToken}" width="640" height="360"`)
  expect(said.html).toContain('referrerpolicy="strict-origin-when-cross-origin"')
  expect(said.html).not.toContain('reeds')
})

test('maxwidth and maxheight bound the frame, in the video’s shape', async () => {
  const { video } = await encoded(await tenant(), true)
  const sized = async (more: string) => {
    const { width, height } = await (await oembed(`${ORIGIN}/watch/${video.embedToken}`, more)).json<{ width: number; height: number }>()
    return [width, height]
  }
  expect(await sized('&maxwidth=320')).toEqual([320, 180])
  expect(await sized('&maxheight=90')).toEqual([160, 90])
  expect(await sized('&maxwidth=1920&maxheight=540')).toEqual([960, 540])
})

test('private videos, viewers’ links, foreign addresses and XML are refused', async () => {
  const mine = await tenant()
  const video = await videoOf(mine)
  const { embed_token } = await (await post('/api/v1/embed-token', { video_id: video.id }, { key: mine.key })).json<{ embed_token: string }>()
  expect(await code(await oembed(`${ORIGIN}/watch/${embed_token}`))).toEqual([401, 'token_required'])
  for (const url of ['https://evil.example/watch/' + video.embedToken, `${ORIGIN}/watch/${'0'.repeat(32)}`, `${ORIGIN}/p/${video.embedToken}`, 'x', '']) {
    expect([url, ...(await code(await oembed(url)))]).toEqual([url, 404, 'embed_not_found'])
  }
  expect(await code(await oembed(`${ORIGIN}/watch/${video.embedToken}`, '&format=xml'))).toEqual([501, 'format_not_offered'])
  expect((await oembed(`${ORIGIN}/watch/${video.embedToken}`, '&maxwidth=0')).status).toBe(400)
  await call(`/api/v1/videos/${video.id}`, { method: 'PUT', key: mine.key, body: JSON.stringify({ visibility: 'private' }) })
  expect(await code(await oembed(`${ORIGIN}/watch/${video.embedToken}`))).toEqual([403, 'token_required'])
  expect(await (await call(`/watch/${embed_token}`)).text()).not.toContain('oembed')
})

test('a video brings its snippets, in its own shape', async () => {
  const mine = await tenant()
  const { video } = await encoded(mine, true)
  const { embed } = await (await call(`/api/v1/videos/${video.id}`, { key: mine.key })).json<{ embed: Record<string, string> }>()
  expect(embed.fixed_html).toContain('width="640" height="360"')
  expect(embed.responsive_html).toContain('width:100%;aspect-ratio:640/360')
  expect(embed.script_html).toBe(`<script src="${ORIGIN}/player/embed.js"></script>`)
  expect((await call(embed.oembed_url ?? '')).status).toBe(200)
})

test('A29: the watermark is the token’s, else the preset’s; names stay names, and markup stays text', async () => {
  const mine = await tenant()
  const { video } = await encoded(mine, true)
  const { id: preset_id } = await (await post('/api/v1/presets', { name: 'p', settings: { watermark_text: '{viewer_id} {viewer_name} {ip} {time}' } }, { key: mine.key })).json<{ id: string }>()
  await call(`/api/v1/videos/${video.id}`, { method: 'PUT', key: mine.key, body: JSON.stringify({ preset_id }) })
  const shown = async (terms: object) => {
    const { embed_token } = await (await post('/api/v1/embed-token', { video_id: video.id, ...terms }, { key: mine.key })).json<{ embed_token: string }>()
    const page = await (await call(`/watch/${embed_token}`, { headers: { 'CF-Connecting-IP': '203.0.113.9' } })).text()
    expect(page).not.toContain('<img src=x')
    return (JSON.parse(/id="avocet">(.*?)<\/script>/.exec(page)?.[1] ?? '{}') as { watermark: string }).watermark
  }
  expect(await shown({ viewer_id: '{ip}', viewer_name: '{viewer_id}' })).toBe('{ip} {viewer_id} 203.0.113.9 {time}')
  expect(await shown({ viewer_id: 'ada', viewer_name: '<img src=x onerror=alert(1)>', watermark_text: 'For {viewer_name} ({viewer_id})' })).toBe('For <img src=x onerror=alert(1)> (ada)')
  expect(await shown({ watermark_text: '' })).toBe('')
})
