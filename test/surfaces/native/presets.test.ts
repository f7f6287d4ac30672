import { expect, test } from 'vitest'
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
