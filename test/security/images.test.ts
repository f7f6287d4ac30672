/** Images that customers send and viewers get: every route that takes one, by both dialects. What is left of an image: worker/src/domain/images. */
import { beforeAll, expect, test } from 'vitest'
import { jpeg, png } from '../support/images.ts'
import { call, post, type Tenant, tenant, videoOf } from '../support/site.ts'

const MARK = 'GPS 47.3769N 8.5417E <script>alert(1)</script>'
const comment = [0xff, 0xfe, 0, MARK.length + 2, ...[...MARK].map((letter) => letter.charCodeAt(0))]
/** A JPEG to some readers, a page to others. */
const POLYGLOT = new Blob([jpeg(30, 20, comment), `PK\x03\x04<html>${MARK}</html>`])

type Image = string | Uint8Array<ArrayBuffer> | Blob
let mine: Tenant
/** By name: sends an image, and says where it is shown. */
let doors: Record<string, { send(image: Image): Promise<Response>; shown(): Promise<string> }>

beforeAll(async () => {
  mine = await tenant()
  const { key } = mine
  const basic = { Authorization: `Basic ${btoa(`${key}:`)}` }
  const form = (image: Image) => {
    const made = new FormData()
    made.append('file', new File([image], 'harmless.png', { type: 'image/png' }))
    return made
  }
  const read = async <T>(path: string, headers: Record<string, string> = { 'X-API-Key': key }) => (await call(path, { headers })).json<T>()
  const [video, other] = [await videoOf(mine), await videoOf(mine)]
  const made = async (path: string, body: object, headers: Record<string, string> = { 'X-API-Key': key }) => (await (await post(path, body, { headers })).json<Record<string, string>>())
  const preset = await made('/api/v1/presets', { name: 'x' })
  const live = await made('/api/v1/live-streams', { name: 'x' })
  const { playerId } = await made('/players', {}, basic)
  const { liveStreamId } = await made('/live-streams', { name: 'x' }, basic)
  const raw = (path: string) => (image: Image) => call(path, { method: 'PUT', key, body: new Blob([image]) })
  const inForm = (path: string) => (image: Image) => call(path, { method: 'POST', headers: basic, body: form(image) })
  doors = {
    poster: { send: raw(`/api/v1/videos/${video.id}/poster`), shown: async () => (await read<{ poster_url: string }>(`/api/v1/videos/${video.id}`)).poster_url },
    'preset’s logo': { send: raw(`/api/v1/presets/${preset.id}/logo`), shown: async () => (await read<{ logo: { url: string } }>(`/api/v1/presets/${preset.id}`)).logo.url },
    'live stream’s thumbnail': { send: raw(`/api/v1/live-streams/${live.id}/thumbnail`), shown: async () => (await read<{ thumbnail_url: string }>(`/api/v1/live-streams/${live.id}`)).thumbnail_url },
    'thumbnail of the dialect': {
      send: inForm(`/videos/vi${other.id.slice(4)}/thumbnail`),
      shown: async () => (await read<{ poster_url: string }>(`/api/v1/videos/${other.id}`)).poster_url,
    },
    'player’s logo of the dialect': { send: inForm(`/players/${playerId}/logo`), shown: async () => (await read<{ assets: { logo: string } }>(`/players/${playerId}`, basic)).assets.logo },
    'live thumbnail of the dialect': {
      send: inForm(`/live-streams/${liveStreamId}/thumbnail`),
      shown: async () => (await read<{ assets: { thumbnail: string } }>(`/live-streams/${liveStreamId}`, basic)).assets.thumbnail,
    },
  }
})

const NAMES = ['poster', 'preset’s logo', 'live stream’s thumbnail', 'thumbnail of the dialect', 'player’s logo of the dialect', 'live thumbnail of the dialect']

test.each(NAMES)('A28: a %s that is drawing code, a page, a moving picture or a bomb is refused', async (name) => {
  const { send } = doors[name]!
  for (const image of ['<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', `<!doctype html><script>alert(1)</script>`, 'GIF89a\x01\0\x01\0\0\0\0;', `GIF89a/*${MARK}`, png(30_000, 30_000), jpeg(65_000, 65_000), `\x89PNG${MARK}`, `<?xml version="1.0"?>${MARK}`]) {
    const answer = await send(image)
    expect([String(image).slice(0, 30), [400, 415, 422].includes(answer.status)]).toEqual([String(image).slice(0, 30), true])
    await answer.body?.cancel()
  }
})

test.each(NAMES)('A28: a %s is served as the picture alone, under its own type that no browser may doubt', async (name) => {
  const { send, shown } = doors[name]!
  expect((await send(POLYGLOT)).status).toBeLessThan(300)
  const answer = await call(await shown())
  const text = new TextDecoder('latin1').decode(await answer.arrayBuffer())
  expect([answer.status, answer.headers.get('Content-Type'), answer.headers.get('X-Content-Type-Options')]).toEqual([200, 'image/jpeg', 'nosniff'])
  for (const hidden of ['GPS', 'script', 'html', 'PK']) expect([hidden, text.includes(hidden)]).toEqual([hidden, false])
})
