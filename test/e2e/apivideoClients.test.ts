/** api.video's own Node client, two generations of it as published, against the running system: every operation they have. What becomes of a real clip stands in apivideoVideos.test.ts. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { firstRun } from '../../worker/embedded/firstRun.ts'
import { type Runtime, startRuntime } from '../../worker/embedded/runtime.ts'
import { openState } from '../../worker/embedded/state.ts'
import { png } from '../support/images.ts'

/** What both generations have, and what one of them has alone; they name `public` `_public` and `default` `_default`. */
interface Client {
  getAccessToken(): Promise<{ accessToken: string; expiresIn: number }>
  videos: Record<'create' | 'get' | 'list' | 'update' | 'delete' | 'upload' | 'uploadWithUploadToken' | 'getStatus' | 'uploadThumbnail' | 'pickThumbnail' | 'getDiscarded' | 'listDiscarded' | 'updateDiscarded', Operation> & {
    createUploadProgressiveSession(id: string): Session
    createUploadWithUploadTokenProgressiveSession(token: string): Session
  }
  uploadTokens: Record<'createToken' | 'getToken' | 'list' | 'deleteToken', Operation>
  captions: Record<'upload' | 'get' | 'list' | 'update' | 'delete', Operation>
  chapters: Record<'upload' | 'get' | 'list' | 'delete', Operation>
  watermarks: Record<'upload' | 'list' | 'delete', Operation>
  rawStatistics?: Record<'listVideoSessions' | 'listLiveStreamSessions' | 'listSessionEvents', Operation>
  tags?: Record<'list', Operation>
  summaries?: Record<'create' | 'update' | 'delete' | 'list' | 'getSummarySource', Operation>
  analytics?: Record<'getAggregatedMetrics' | 'getMetricsBreakdown' | 'getMetricsOverTime', Operation>
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
/** Of all answers together what is looked at here. */
interface Answer {
  videoId: string
  title: string
  token: string
  ttl: number
  ingest: { status: string }
  assets: { thumbnail: string }
  data: { videoId: string; token: string }[]
}
type Operation = (...given: unknown[]) => Promise<Answer>
interface Session {
  uploadPart(file: string): Promise<{ videoId: string }>
  uploadLastPart(file: string): Promise<{ videoId: string }>
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
const [half, rest, words] = [join(folder, 'half.mp4'), join(folder, 'rest.mp4'), join(folder, 'words.vtt')]
const require = createRequire(import.meta.url)
beforeAll(() => {
  writeFileSync(logo, png(120, 60))
  // Enough of an MP4 file to be taken for one.
  writeFileSync(half, Buffer.concat([Buffer.from('00000018667479706d703432000000006d70343269736f6d', 'hex'), Buffer.alloc(5 * 1024 * 1024)]))
  writeFileSync(rest, Buffer.alloc(1000, 1))
  writeFileSync(words, 'WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe.each([
  ['2.6.8', '@api.video/nodejs-client'],
  ['2.3.2', '@api.video/nodejs-client-2.3.2'],
])('nodejs-client %s', (version, name) => {
  let runtime: Runtime
  let options: { apiKey: string; baseUri: string }
  // A system each: one key may change sixty things a minute.
  beforeAll(async () => {
    const state = openState(join(folder, version))
    runtime = await startRuntime(root, state, { OUTBOUND: 'anywhere' })
    options = { apiKey: (await firstRun(state, runtime.url.origin)).facts!.apiKey, baseUri: runtime.url.origin }
  })
  afterAll(() => runtime.stop())
  const made = (): Client => new (require(name) as new (given: object) => Client)(options)
  const called = new Set<string>()
  /** A client whose calls are noted. */
  const client = (): Client => noting(made(), '')
  function noting<T extends object>(target: T, path: string): T {
    return new Proxy(target, {
      get(_, member: string) {
        const value = Reflect.get(target, member) as unknown
        if (typeof value === 'function') called.add(path + member)
        return typeof value === 'function' ? value.bind(target) : typeof value === 'object' && value !== null && path === '' ? noting(value, `${member}.`) : value
      },
    })
  }
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

  test('fetches an access token of an hour', async () => {
    expect(await client().getAccessToken()).toMatchObject({ accessToken: expect.any(String), expiresIn: 3600 })
  })

  test('makes, finds, changes and deletes videos: uploaded whole, in parts, by token; with thumbnails', async () => {
    const { videos, uploadTokens, tags } = client()
    const video = await videos.create({ title: `Clip ${version}`, _public: false, tags: [version, 'both'], metadata: [{ key: 'made', value: version }] })
    expect(video).toMatchObject({ title: `Clip ${version}`, _public: false, mp4Support: true, source: { type: 'upload' }, assets: { hls: expect.stringContaining('/token/') } })
    expect(await videos.update(video.videoId, { _public: true, metadata: [{ key: 'made', value: 'later' }] })).toMatchObject({ _public: true, metadata: [{ key: 'made', value: 'later' }] })
    expect((await videos.list({ tags: [version, 'both'], metadata: { made: 'later' }, title: 'clip', sortBy: 'title', sortOrder: 'asc' })).data.map(({ videoId }) => videoId)).toEqual([video.videoId])
    if (tags) expect((await tags.list({ value: version })).data).toEqual([{ value: version, videoCount: 1 }])
    expect(await videos.getStatus(video.videoId)).toMatchObject({ ingest: { status: 'uploading' }, encoding: { playable: false } })
    expect((await videos.upload(video.videoId, half)).videoId).toBe(video.videoId)
    expect((await videos.getStatus(video.videoId)).ingest.status).toBe('uploaded')
    expect(await status(videos.upload(video.videoId, rest))).toBe(400)
    const { assets } = await videos.uploadThumbnail(video.videoId, logo)
    expect((await fetch(assets.thumbnail)).headers.get('Content-Type')).toBe('image/png')
    expect((await videos.pickThumbnail(video.videoId, { timecode: '00:00:00.500' })).videoId).toBe(video.videoId)
    const inParts = await videos.create({ title: 'In parts' })
    const session = videos.createUploadProgressiveSession(inParts.videoId)
    await session.uploadPart(half)
    expect((await session.uploadLastPart(rest)).videoId).toBe(inParts.videoId)
    const { token } = await uploadTokens.createToken({ ttl: 600 })
    expect((await uploadTokens.getToken(token)).ttl).toBe(600)
    expect((await uploadTokens.list({ sortBy: 'ttl', sortOrder: 'asc' })).data.map((one) => one.token)).toContain(token)
    expect((await videos.uploadWithUploadToken(token, rest)).title).toBe('rest.mp4')
    const delegated = videos.createUploadWithUploadTokenProgressiveSession(token)
    const { videoId } = await delegated.uploadPart(half)
    expect((await delegated.uploadLastPart(rest)).videoId).toBe(videoId)
    await uploadTokens.deleteToken(token)
    expect(await status(uploadTokens.getToken(token))).toBe(404)
    await videos.delete(video.videoId)
    expect(await status(videos.get(video.videoId))).toBe(404)
  })

  test('makes, shows, lists, changes and deletes captions and chapters', async () => {
    const { videos, captions, chapters } = client()
    const { videoId } = await videos.create({ title: 'Words' })
    expect(await captions.upload(videoId, 'en', words)).toMatchObject({ srclang: 'en', _default: false })
    expect(await captions.update(videoId, 'en', { _default: true })).toMatchObject({ _default: true })
    expect(await captions.get(videoId, 'en')).toMatchObject({ src: expect.stringContaining('/captions/en.vtt') })
    expect((await captions.list({ videoId })).data).toHaveLength(1)
    await captions.delete(videoId, 'en')
    expect(await status(captions.get(videoId, 'en'))).toBe(404)
    expect(await chapters.upload(videoId, 'fr', words)).toMatchObject({ language: 'fr' })
    expect(await chapters.get(videoId, 'fr')).toMatchObject({ src: expect.stringContaining('/chapters/fr.vtt') })
    expect((await chapters.list({ videoId })).data).toHaveLength(1)
    await chapters.delete(videoId, 'fr')
    expect(await status(chapters.get(videoId, 'fr'))).toBe(404)
  })

  test('lists viewings of videos and of live streams, and what was done in one', async () => {
    const { videos, liveStreams, rawStatistics } = client()
    if (!rawStatistics) return expect(version).toBe('2.6.8')
    const [{ videoId }, { liveStreamId }] = [await videos.create({ title: 'Seen' }), await liveStreams.create({ name: 'Seen' })]
    const period = String(new Date().getUTCFullYear())
    expect((await rawStatistics.listVideoSessions({ videoId, period, metadata: { userId: '7' } })).data).toEqual([])
    expect((await rawStatistics.listLiveStreamSessions({ liveStreamId, period })).data).toEqual([])
    expect(await status(rawStatistics.listSessionEvents({ sessionId: 'psnone' }))).toBe(404)
  })

  test('asks for numbers: in all, broken down, over time; of one video, of one country', async () => {
    const { videos, analytics } = client()
    if (!analytics) return expect(version).toBe('2.3.2')
    const { videoId } = await videos.create({ title: 'Counted' })
    const [to, from] = [new Date(), new Date(Date.now() - 3 * 24 * 3_600_000)]
    const filterBy = { mediaId: [videoId], mediaType: 'video' }
    for (const [metric, aggregation] of [['play', 'count'], ['play', 'total'], ['start', 'count'], ['end', 'count'], ['view', 'count'], ['watch-time', 'sum'], ['watch-time', 'average']]) {
      expect(await analytics.getAggregatedMetrics({ metric, aggregation, from, to, filterBy })).toMatchObject({ context: { metric, aggregation, timeframe: { from: expect.any(Date), to: expect.any(Date) } }, data: 0 })
    }
    expect(await analytics.getMetricsBreakdown({ metric: 'play', breakdown: 'country', from, to, sortBy: 'metricValue', sortOrder: 'desc', filterBy: { ...filterBy, country: ['FR'] }, currentPage: 1, pageSize: 5 })).toMatchObject({ context: { breakdown: 'country' }, data: [], pagination: { pageSize: 5 } })
    expect(await analytics.getMetricsOverTime({ metric: 'play', from, to, interval: 'day', sortBy: 'emittedAt', filterBy })).toMatchObject({ context: { interval: 'day' }, data: [] })
    expect(await status(analytics.getMetricsOverTime({ metric: 'play-total' }))).toBe(400)
  })

  test('what is not offered yet is refused as such: 501, and told in docs/compat/apivideo.md', async () => {
    const { videos, watermarks, summaries, analytics, liveStreams } = client()
    const planned = [watermarks.upload(logo), watermarks.list({}), watermarks.delete('watermark_1')]
    if (summaries) planned.push(summaries.create({ videoId: 'vi1' }), summaries.update('summary_1', {}), summaries.delete('summary_1'), summaries.list({}), summaries.getSummarySource('summary_1'))
    if (summaries) planned.push(videos.listDiscarded({}), videos.getDiscarded('vi1'), videos.updateDiscarded('vi1', { discarded: false }))
    if (analytics) planned.push(analytics.getAggregatedMetrics({ metric: 'impression', aggregation: 'count' }))
    expect(await Promise.all(planned.map(status))).toEqual(planned.map(() => 501))
    const complete = (liveStreams as Partial<Record<'complete', Operation>>).complete
    if (complete) expect(await status(complete((await liveStreams.create({ name: 'Over' })).liveStreamId))).toBe(0)
  })

  test('no operation it has was left out here', () => {
    const all = made() as unknown as Record<string, object>
    const groups = Object.entries(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(all))).filter(([, { get }]) => get)
    const operations = groups.flatMap(([group]) => Object.getOwnPropertyNames(Object.getPrototypeOf(all[group])).filter((one) => one !== 'constructor' && !one.endsWith('WithResponseHeaders')).map((one) => `${group}.${one}`))
    expect(operations.length).toBeGreaterThan(40)
    expect(operations.filter((one) => !called.has(one))).toEqual([])
  })
})
