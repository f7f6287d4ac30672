import { expect, test } from 'vitest'
import { call, deps, type Tenant, tenant, videoOf } from '../../support/site.ts'

interface Track {
  id: string
  language: string
  label: string
  default: boolean
}

const VTT = 'WEBVTT\n\n00:00:01.000 --> 00:00:02.500\nHello <b>there</b>\n\n00:00:03.000 --> 00:00:04.000\nBye\n'
const SRT = '1\r\n00:00:01,000 --> 00:00:02,500\r\nHallo\r\n\r\n2\r\n00:00:03,000 --> 00:00:04,000\r\nTschüss\r\n'

async function setup() {
  const mine = await tenant()
  const video = await videoOf(mine)
  return { mine, path: `/api/v1/videos/${video.id}/subtitles` }
}
const add = (mine: Tenant, path: string, query: string, body: BodyInit) => call(`${path}?${query}`, { method: 'POST', key: mine.key, body })

async function stored(mine: Tenant, path: string, id: string): Promise<string> {
  const track = (await deps.tracks.listByVideo(mine.accountId, path.split('/')[4] as string)).find((one) => one.id === id)
  const object = await deps.objects.get(track?.objectKey ?? '')
  return new Response(object?.body).text()
}

test('WebVTT and SRT come in, clean WebVTT is kept', async () => {
  const { mine, path } = await setup()
  const english = await (await add(mine, path, 'language=EN&default=true', VTT)).json<Track>()
  expect(english).toMatchObject({ language: 'en', label: 'English', default: true })
  expect(await stored(mine, path, english.id)).toBe(VTT)
  const german = await (await add(mine, path, 'language=de-at&label=Deutsch', SRT)).json<Track>()
  expect(german).toMatchObject({ language: 'de-AT', label: 'Deutsch', default: false })
  expect(await stored(mine, path, german.id)).toContain('00:00:03.000 --> 00:00:04.000\nTschüss')
})

test('A27: scripts, styles, regions and stray arrows do not survive', async () => {
  const { mine, path } = await setup()
  const evil = 'WEBVTT\n\nSTYLE\n::cue { background: url(https://evil.example/x) }\n\nNOTE secret\n\n00:01.000 --> 00:02.000\n<script>alert(1)</script><img src=x onerror=y> a --> b & c\n'
  const track = await (await add(mine, path, 'language=en', evil)).json<Track>()
  const text = await stored(mine, path, track.id)
  expect(text).not.toMatch(/STYLE|url\(|NOTE|<script|<img/)
  expect(text).toContain('&lt;script&gt;')
  expect(text).toContain('a --&gt; b &amp; c')
})

test.each([
  ['no cue', 'language=en', 'WEBVTT\n\n', 422, 'invalid_subtitle'],
  ['HTML', 'language=en', '<html></html>', 422, 'invalid_subtitle'],
  ['bytes that are no text', 'language=en', new Uint8Array([0xff, 0xfe, 0x00, 0xd8]), 422, 'invalid_subtitle'],
  ['no language', '', VTT, 400, 'invalid_request'],
  ['a bad language', 'language=not_a_language!', VTT, 400, 'invalid_language'],
  ['over five megabytes', 'language=en', 'x'.repeat(5 * 1024 * 1024 + 1), 413, 'body_too_large'],
  ['a flood of arrows', 'language=en', `WEBVTT\n\n${'-->\n'.repeat(500_000)}`, 422, 'invalid_subtitle'],
])('A27: %s is refused', async (_, query, body, status, code) => {
  const { mine, path } = await setup()
  const answer = await add(mine, path, query, body as BodyInit)
  expect([answer.status, (await answer.json<{ code: string }>()).code]).toEqual([status, code])
})

test('a form file works too, a second upload of a language replaces the first, and one default stays', async () => {
  const { mine, path } = await setup()
  const form = new FormData()
  form.set('language', 'en')
  form.set('default', 'true')
  form.set('file', new File([VTT], 'en.vtt'))
  const first = await (await call(path, { method: 'POST', key: mine.key, body: form })).json<Track>()
  const again = await (await add(mine, path, 'language=en&default=true', VTT.replace('Bye', 'Later'))).json<Track>()
  expect(again.id).toBe(first.id)
  expect(await stored(mine, path, again.id)).toContain('Later')
  await add(mine, path, 'language=fr&default=true', VTT)
  const { data } = await (await call(path, { key: mine.key })).json<{ data: Track[] }>()
  expect(data.map(({ language, default: isDefault }) => [language, isDefault])).toEqual([
    ['en', false],
    ['fr', true],
  ])
})

test('a track is renamed, made the default and deleted with its object', async () => {
  const { mine, path } = await setup()
  const track = await (await add(mine, path, 'language=en', VTT)).json<Track>()
  const changed = await call(`${path}/${track.id}`, { method: 'PUT', key: mine.key, body: JSON.stringify({ label: 'CC', default: true }) })
  expect(await changed.json()).toMatchObject({ label: 'CC', default: true })
  expect((await call(`${path}/${track.id}`, { method: 'DELETE', key: mine.key })).status).toBe(204)
  expect((await (await call(path, { key: mine.key })).json<{ data: unknown[] }>()).data).toEqual([])
})
