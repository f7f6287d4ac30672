/** api.video's own Node client, two generations of it as published, against the running system: players, live streams, webhooks. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { firstRun } from '../../worker/embedded/firstRun.ts'
import { type Runtime, startRuntime } from '../../worker/embedded/runtime.ts'
import { openState } from '../../worker/embedded/state.ts'

/** What both generations have; they name `public` `_public`. */
interface Client {
  playerThemes: {
    create(wish: object): Promise<Player>
    get(id: string): Promise<Player>
    list(query?: object): Promise<Page<Player>>
    update(id: string, edits: object): Promise<Player>
    delete(id: string): Promise<void>
    uploadLogo(id: string, file: string | Buffer, link?: string): Promise<Player>
    deleteLogo(id: string): Promise<void>
  }
  liveStreams: {
    create(wish: object): Promise<Live>
    get(id: string): Promise<Live>
    list(query?: object): Promise<Page<Live>>
    update(id: string, edits: object): Promise<Live>
    delete(id: string): Promise<void>
    uploadThumbnail(id: string, file: string): Promise<Live>
    deleteThumbnail(id: string): Promise<Live>
  }
  webhooks: {
    create(wish: object): Promise<Webhook>
    get(id: string): Promise<Webhook>
    list(query?: object): Promise<Page<Webhook>>
    delete(id: string): Promise<void>
  }
}
interface Page<T> {
  data: T[]
  pagination: { itemsTotal?: number }
}
type Player = Record<string, unknown> & { playerId: string; assets: { logo: string | null; link: string | null } }
type Live = Record<string, unknown> & { liveStreamId: string; streamKey: string; assets: { thumbnail: string; player: string } }
interface Webhook {
  webhookId: string
  url: string
  events: string[]
}

const root = fileURLToPath(new URL('../../', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'avocet-clients-'))
const logo = join(folder, 'logo.png')
const require = createRequire(import.meta.url)
let runtime: Runtime
let options: { apiKey: string; baseUri: string }

beforeAll(async () => {
  const image = Buffer.alloc(64)
  for (const [at, word] of [0x89504e47, 0x0d0a1a0a, 13, 0x49484452, 120, 60].entries()) image.writeUInt32BE(word, at * 4)
  writeFileSync(logo, image)
  const state = openState(join(folder, 'server'))
  runtime = await startRuntime(root, state, { OUTBOUND: 'anywhere' })
  options = { apiKey: (await firstRun(state, runtime.url.origin)).facts!.apiKey, baseUri: runtime.url.origin }
})
afterAll(async () => {
  await runtime.stop()
  rmSync(folder, { recursive: true, force: true })
})

describe.each([
  ['2.6.8', '@api.video/nodejs-client'],
  ['2.3.2', '@api.video/nodejs-client-2.3.2'],
])('nodejs-client %s', (version, name) => {
  const client = (): Client => new (require(name) as new (given: object) => Client)(options)
  const status = (asked: Promise<unknown>) => asked.then(() => 0, ({ code }: { code: number }) => code)

  test('makes, changes, lists and deletes players, and their logos from a file and from memory', async () => {
    const { playerThemes } = client()
    const player = await playerThemes.create({ name: 'Brand', trackPlayed: 'rgba(1, 2, 3, .5)', hideTitle: true })
    expect(player).toMatchObject({ name: 'Brand', trackPlayed: 'rgba(1, 2, 3, .5)', text: 'rgba(255, 255, 255, 1)', hideTitle: true, enableApi: true, assets: { logo: null, link: null } })
    expect(await playerThemes.update(player.playerId, { forceLoop: true })).toMatchObject({ forceLoop: true, hideTitle: true })
    const linked = await playerThemes.uploadLogo(player.playerId, logo, 'https://acme.dev/')
    expect([linked.assets.link, (await fetch(linked.assets.logo!)).headers.get('Content-Type')]).toEqual(['https://acme.dev/', 'image/png'])
    expect((await playerThemes.uploadLogo(player.playerId, Buffer.from(await (await fetch(linked.assets.logo!)).arrayBuffer()))).assets).toMatchObject({ logo: expect.any(String), link: null })
    await playerThemes.deleteLogo(player.playerId)
    expect((await playerThemes.get(player.playerId)).assets).toEqual({ logo: null, link: null })
    expect((await playerThemes.list({ sortBy: 'createdAt', sortOrder: 'desc' })).data[0]).toMatchObject({ playerId: player.playerId })
    await playerThemes.delete(player.playerId)
    expect(await status(playerThemes.get(player.playerId))).toBe(404)
  })

  test('makes, finds, changes and deletes live streams, private ones too, and their thumbnails', async () => {
    const { liveStreams } = client()
    const live = await liveStreams.create({ name: `Sunday ${version}`, _public: false, restreams: [{ name: 'Elsewhere', serverUrl: 'rtmp://live.acme.dev/app', streamKey: 'k' }] })
    expect(live).toMatchObject({ name: `Sunday ${version}`, _public: false, broadcasting: false, assets: { player: expect.stringContaining('?token=') } })
    expect((await liveStreams.list({ streamKey: live.streamKey })).data.map(({ liveStreamId }) => liveStreamId)).toEqual([live.liveStreamId])
    expect((await liveStreams.list({ name: `day ${version}` })).pagination.itemsTotal).toBe(1)
    expect(await liveStreams.update(live.liveStreamId, { _public: true, name: 'Open' })).toMatchObject({ _public: true, name: 'Open' })
    const { assets } = await liveStreams.uploadThumbnail(live.liveStreamId, logo)
    expect([(await fetch(assets.thumbnail)).status, (await fetch(assets.player)).status]).toEqual([200, 200])
    expect((await liveStreams.deleteThumbnail(live.liveStreamId)).assets.thumbnail).toBe(assets.thumbnail)
    expect((await liveStreams.get(live.liveStreamId)).name).toBe('Open')
    await liveStreams.delete(live.liveStreamId)
    expect(await status(liveStreams.get(live.liveStreamId))).toBe(404)
  })

  test('makes, lists and deletes webhooks', async () => {
    const { webhooks } = client()
    const events = ['video.encoding.quality.completed', 'live-stream.broadcast.started']
    const webhook = await webhooks.create({ events, url: 'https://hooks.acme.dev/video' })
    expect(await webhooks.get(webhook.webhookId)).toMatchObject({ events, url: 'https://hooks.acme.dev/video' })
    expect((await webhooks.list({ events: events[1] })).data.map(({ webhookId }) => webhookId)).toEqual([webhook.webhookId])
    await webhooks.delete(webhook.webhookId)
    expect(await status(webhooks.get(webhook.webhookId))).toBe(404)
    expect(await status(webhooks.create({ events: ['no.such.event'], url: 'https://hooks.acme.dev/' }))).toBe(400)
  })
})
