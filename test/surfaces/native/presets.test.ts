import { expect, test } from 'vitest'
import { png } from '../../support/images.ts'
import { call, post, tenant, videoOf } from '../../support/site.ts'

interface Preset {
  id: string
  name: string
  settings: Record<string, unknown>
}

test('a preset is created with defaults, read, changed in part and deleted', async () => {
  const { key } = await tenant()
  const created = await post('/api/v1/presets', { name: 'Brand', settings: { accent_color: '#ff0000', loop: true } }, { key })
  expect(created.status).toBe(201)
  const preset = await created.json<Preset>()
  expect(preset.settings).toMatchObject({ accent_color: '#ff0000', loop: true, controls: true, watermark_text: '' })
  const put = await call(`/api/v1/presets/${preset.id}`, { method: 'PUT', key, body: JSON.stringify({ settings: { muted: true } }) })
  expect(await put.json()).toMatchObject({ name: 'Brand', settings: { accent_color: '#ff0000', loop: true, muted: true } })
  expect(await (await call('/api/v1/presets', { key })).json()).toMatchObject({ total: 1, data: [{ id: preset.id }] })
  expect((await call(`/api/v1/presets/${preset.id}`, { method: 'DELETE', key })).status).toBe(204)
  expect((await call(`/api/v1/presets/${preset.id}`, { key })).status).toBe(404)
})

test('bad fields are refused by name', async () => {
  const { key } = await tenant()
  const refused = await post('/api/v1/presets', { name: 'x', settings: { accent_color: 'red', logo_url: 'javascript:alert(1)' } }, { key })
  expect(refused.status).toBe(400)
  const { errors } = await refused.json<{ errors: { path: string }[] }>()
  expect(errors.map(({ path }) => path).sort()).toEqual(['settings.accent_color', 'settings.logo_url'])
  expect(await (await post('/api/v1/presets', { name: 'x', settings: { color: '#000000' } }, { key })).json()).toMatchObject({ code: 'unknown_field' })
})

test('a video takes a preset of its own account only, and loses it when the preset is deleted', async () => {
  const [mine, other] = [await tenant(), await tenant()]
  const video = await videoOf(mine)
  const own = await (await post('/api/v1/presets', { name: 'mine' }, { key: mine.key })).json<Preset>()
  const foreign = await (await post('/api/v1/presets', { name: 'theirs' }, { key: other.key })).json<Preset>()
  const put = (preset_id: string | null) => call(`/api/v1/videos/${video.id}`, { method: 'PUT', key: mine.key, body: JSON.stringify({ preset_id }) })
  expect(await (await put(own.id)).json()).toMatchObject({ preset_id: own.id })
  expect(await (await put(foreign.id)).json()).toMatchObject({ code: 'preset_not_found' })
  await call(`/api/v1/presets/${own.id}`, { method: 'DELETE', key: mine.key })
  expect(await (await call(`/api/v1/videos/${video.id}`, { key: mine.key })).json()).toMatchObject({ preset_id: null })
})

const putLogo = (id: string, key: string, body: BodyInit, query = '') => call(`/api/v1/presets/${id}/logo${query}`, { method: 'PUT', key, body })

test('a theme’s colours change one by one, and null gives a part back to the player', async () => {
  const { key } = await tenant()
  const preset = await (await post('/api/v1/presets', { name: 'Brand', settings: { theme: { link: 'rgba(1, 2, 3, .5)' }, hide_title: true } }, { key })).json<Preset>()
  expect(preset.settings).toMatchObject({ theme: { link: 'rgba(1, 2, 3, .5)', text: null }, hide_title: true, steerable: true })
  const put = async (settings: object) => (await call(`/api/v1/presets/${preset.id}`, { method: 'PUT', key, body: JSON.stringify({ settings }) })).json<Preset>()
  expect((await put({ theme: { text: '#ffffff80' } })).settings).toMatchObject({ theme: { link: 'rgba(1, 2, 3, .5)', text: '#ffffff80' }, hide_title: true })
  expect((await put({ theme: { link: null } })).settings).toMatchObject({ theme: { link: null, text: '#ffffff80' } })
  for (const colour of ['red', 'rgba(1, 2, 3, 4)', 'rgb(1,2,3);background:url(//x)', 'var(--x)', '#12345', '']) {
    const answer = await post('/api/v1/presets', { name: 'x', settings: { theme: { text: colour } } }, { key })
    expect([colour, answer.status, (await answer.json<{ errors: { path: string }[] }>()).errors[0]?.path]).toEqual([colour, 400, 'settings.theme.text'])
  }
})

test('a logo is kept, served at an address of its own, replaced, and gone when it or its preset is', async () => {
  const mine = await tenant()
  const { key } = mine
  const { id } = await (await post('/api/v1/presets', { name: 'Brand' }, { key })).json<Preset>()
  const first = await putLogo(id, key, png(200, 100), '?link=https://acme.com/')
  expect(first.status).toBe(200)
  const { logo } = await first.json<{ logo: { url: string } }>()
  expect(logo).toMatchObject({ link: 'https://acme.com/', type: 'image/png', width: 200, height: 100, size: 64 })
  const served = await call(logo.url)
  expect([served.status, served.headers.get('Content-Type'), served.headers.get('Cache-Control')]).toEqual([200, 'image/png', 'public, max-age=31536000, immutable'])
  expect(new Uint8Array(await served.arrayBuffer())).toEqual(png(200, 100))
  const form = new FormData()
  form.set('file', new File([png(10, 10)], 'x.gif', { type: 'image/gif' }))
  const second = (await (await putLogo(id, key, form)).json<{ logo: { url: string } }>()).logo
  expect([second.url === logo.url, (await call(logo.url)).status]).toEqual([false, 404])

  const video = await videoOf(mine)
  await call(`/api/v1/videos/${video.id}`, { method: 'PUT', key, body: JSON.stringify({ preset_id: id }) })
  expect(await (await call(`/watch/${video.embedToken}`)).text()).toContain(`"logo":{"src":"${new URL(second.url).pathname}","link":null}`)
  expect((await call(`/api/v1/presets/${id}/logo`, { method: 'DELETE', key })).status).toBe(204)
  expect([(await call(second.url)).status, await (await call(`/api/v1/presets/${id}`, { key })).json()]).toMatchObject([404, { logo: null }])
  const third = (await (await putLogo(id, key, png(10, 10))).json<{ logo: { url: string } }>()).logo
  await call(`/api/v1/presets/${id}`, { method: 'DELETE', key })
  expect((await call(third.url)).status).toBe(404)
})

test('a logo too wide, too heavy or no PNG or JPEG is refused, and the one before stays', async () => {
  const { key } = await tenant()
  const { id } = await (await post('/api/v1/presets', { name: 'Brand' }, { key })).json<Preset>()
  await putLogo(id, key, png(1, 1))
  const refusal = async (body: BodyInit, query = '') => {
    const answer = await putLogo(id, key, body, query)
    return [answer.status, (await answer.json<{ code: string }>()).code]
  }
  expect(await refusal(png(201, 100))).toEqual([422, 'image_too_large'])
  expect(await refusal(png(200, 101))).toEqual([422, 'image_too_large'])
  expect(await refusal(png(20, 10, 200 * 1024 + 1))).toEqual([413, 'file_too_large'])
  expect(await refusal('<svg xmlns="http://www.w3.org/2000/svg"/>')).toEqual([415, 'unsupported_image'])
  expect(await refusal(png(1, 1), '?link=javascript:alert(1)')).toEqual([400, 'invalid_request'])
  expect(await (await call(`/api/v1/presets/${id}`, { key })).json()).toMatchObject({ logo: { width: 1 } })
})
