/** api.video's own Node client, two generations of it as published, against the whole system: a real clip uploaded every way, encoded, played. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startSystem, type System } from './support/system.ts'

interface Video {
  videoId: string
  title: string
  _public: boolean
  tags: string[]
  source: { type: string }
  assets: { hls: string; player: string; thumbnail: string; mp4?: string }
}
interface Session {
  uploadPart(file: string): Promise<Video>
  uploadLastPart(file: string): Promise<Video>
}
/** What both generations have. */
interface Client {
  getAccessToken(): Promise<{ accessToken: string }>
  videos: {
    create(wish: object): Promise<Video>
    get(id: string): Promise<Video>
    list(query?: object): Promise<{ data: Video[]; pagination: { itemsTotal: number } }>
    update(id: string, edits: object): Promise<Video>
    delete(id: string): Promise<void>
    upload(id: string, file: string): Promise<Video>
    uploadWithUploadToken(token: string, file: string): Promise<Video>
    createUploadProgressiveSession(id: string): Session
    createUploadWithUploadTokenProgressiveSession(token: string): Session
    getStatus(id: string): Promise<{ ingest: { status: string }; encoding: { playable: boolean; qualities: { type: string; quality: string; status: string }[] } }>
    uploadThumbnail(id: string, file: string): Promise<Video>
    pickThumbnail(id: string, pick: { timecode: string }): Promise<Video>
  }
  uploadTokens: { createToken(wish: object): Promise<{ token: string; ttl: number }>; list(query?: object): Promise<{ data: { token: string }[] }>; getToken(token: string): Promise<{ token: string }>; deleteToken(token: string): Promise<void> }
  captions: { upload(id: string, language: string, file: string): Promise<{ srclang: string }>; list(query: { videoId: string }): Promise<{ data: unknown[] }>; get(id: string, language: string): Promise<object>; update(id: string, language: string, edits: object): Promise<{ _default: boolean }>; delete(id: string, language: string): Promise<void> }
  chapters: { upload(id: string, language: string, file: string): Promise<{ language: string }>; list(query: { videoId: string }): Promise<{ data: unknown[] }>; get(id: string, language: string): Promise<object>; delete(id: string, language: string): Promise<void> }
}

const require = createRequire(import.meta.url)
const folder = mkdtempSync(join(tmpdir(), 'avocet-apivideo-'))
const clip = join(folder, 'clip.mp4')
const small = join(folder, 'small.mp4')
const [half, rest] = [join(folder, 'first.part'), join(folder, 'last.part')]
const vtt = join(folder, 'words.vtt')
const image = join(folder, 'picture.jpg')
const MIB = 1024 * 1024
let system: System
/** A site that has a video; anything else there is not found. */
const site = createServer((asked, answer) => (asked.url === '/small.mp4' ? answer.writeHead(200, { 'Content-Type': 'video/mp4', 'Content-Length': statSync(small).size }).end(readFileSync(small)) : answer.writeHead(404).end()))

beforeAll(async () => {
  const picture = ['-f', 'lavfi', '-i', 'testsrc2=s=640x360:r=30:d=8', '-f', 'lavfi', '-i', 'sine=f=440:r=48000:d=8']
  execFileSync('ffmpeg', ['-v', 'error', '-y', ...picture, '-vf', 'noise=alls=60:allf=t', '-c:v', 'libx264', '-preset', 'ultrafast', '-b:v', '14M', '-pix_fmt', 'yuv420p', '-c:a', 'aac', clip])
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-i', clip, '-frames:v', '1', image])
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-i', clip, '-t', '1', '-c', 'copy', small])
  const bytes = readFileSync(clip)
  writeFileSync(half, bytes.subarray(0, 5 * MIB + 12_345))
  writeFileSync(rest, bytes.subarray(5 * MIB + 12_345))
  writeFileSync(vtt, 'WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n')
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
  // The site is of this machine, which imports are kept from otherwise.
  system = await startSystem({ env: { AVOCET_OUTBOUND: 'anywhere' } })
})
afterAll(async () => {
  await system?.stop()
  site.closeAllConnections()
  site.close()
  rmSync(folder, { recursive: true, force: true })
})

async function playable(client: Client, id: string): Promise<void> {
  for (;;) {
    const { encoding } = await client.videos.getStatus(id)
    if (encoding.qualities.some(({ status }) => status === 'failed')) throw new Error('It failed.')
    if (encoding.playable && encoding.qualities.every(({ status }) => status === 'encoded')) return
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
}
/** Frames of the picture that a player gets at an address. */
const framesAt = (url: string): number =>
  Number(execFileSync('ffprobe', ['-v', 'error', '-count_frames', '-select_streams', 'v:0', '-show_entries', 'stream=nb_read_frames', '-of', 'csv=p=0', url], { encoding: 'utf8' }).match(/\d+/)?.[0])

const pictureAt = (url: string): string => execFileSync('ffmpeg', ['-v', 'error', '-i', url, '-f', 'md5', '-'], { encoding: 'utf8' })

describe.each([['2.6.8', '@api.video/nodejs-client'], ['2.3.2', '@api.video/nodejs-client-2.3.2']])('@api.video/nodejs-client %s', (_, name) => {
  let client: Client
  beforeAll(() => {
    const Made = require(name) as new (options: object) => Client
    client = new Made({ apiKey: system.apiKey, baseUri: system.url, chunkSize: 5 * MIB })
  })

  test('uploads a clip in parts, sees it encoded, and it plays to its end', async () => {
    const { videoId } = await client.videos.create({ title: 'A clip', tags: ['one', name], metadata: [{ key: 'a', value: 'b' }], mp4Support: true })
    expect(statSync(clip).size).toBeGreaterThan(10 * MIB)
    expect((await client.videos.upload(videoId, clip)).videoId).toBe(videoId)
    await playable(client, videoId)
    const { assets } = await client.videos.get(videoId)
    expect(framesAt(assets.hls)).toBe(240)
    expect(framesAt(assets.mp4 as string)).toBe(240)
    const picked = await client.videos.pickThumbnail(videoId, { timecode: '00:00:02.000' })
    // Images are made last.
    await expect.poll(async () => (await fetch(picked.assets.thumbnail)).headers.get('Content-Type'), { timeout: 60_000, interval: 500 }).toBe('image/jpeg')
    expect((await client.videos.list({ tags: ['one', name] })).data.map((video) => video.videoId)).toEqual([videoId])
    expect(await client.videos.update(videoId, { title: 'Renamed', tags: [] })).toMatchObject({ title: 'Renamed', tags: [] })
  })

  test('uploads progressively, in unequal parts whose number is told at last', async () => {
    const { videoId } = await client.videos.create({ title: 'Progressive' })
    const session = client.videos.createUploadProgressiveSession(videoId)
    await session.uploadPart(half)
    await session.uploadLastPart(rest)
    expect((await client.videos.getStatus(videoId)).ingest.status).toBe('uploaded')
    await playable(client, videoId)
    expect(framesAt((await client.videos.get(videoId)).assets.hls)).toBe(240)
  })

  test('uploads with a token, in one go and progressively', async () => {
    const { token } = await client.uploadTokens.createToken({ ttl: 600 })
    expect((await client.uploadTokens.list({})).data.map((one) => one.token)).toContain(token)
    expect((await client.videos.uploadWithUploadToken(token, small)).title).toBe('small.mp4')
    const session = client.videos.createUploadWithUploadTokenProgressiveSession(token)
    const { videoId } = await session.uploadPart(half)
    expect((await session.uploadLastPart(rest)).videoId).toBe(videoId)
    expect((await client.videos.getStatus(videoId)).ingest.status).toBe('uploaded')
    await client.uploadTokens.deleteToken(token)
    await expect(client.uploadTokens.getToken(token)).rejects.toMatchObject({ code: 404 })
  })

  test('a source by address is fetched and encoded, a copy of that video plays at once, and an address of nothing fails', async () => {
    const address = `http://127.0.0.1:${(site.address() as AddressInfo).port}`
    const fetched = await client.videos.create({ title: 'From afar', source: `${address}/small.mp4` })
    expect(fetched.source.type).toBe('url')
    await playable(client, fetched.videoId)
    expect((await client.videos.getStatus(fetched.videoId)).ingest.status).toBe('ingested')
    const frames = framesAt((await client.videos.get(fetched.videoId)).assets.hls)
    expect(frames).toBeGreaterThan(20)
    const copy = await client.videos.create({ title: 'Again', source: fetched.videoId, mp4Support: false })
    expect([copy.source.type, copy.videoId === fetched.videoId]).toEqual(['copy', false])
    await client.videos.delete(fetched.videoId)
    expect(await client.videos.getStatus(copy.videoId)).toMatchObject({ ingest: { status: 'ingested' }, encoding: { playable: true } })
    expect(framesAt(copy.assets.hls)).toBe(frames)
    const { videoId } = await client.videos.create({ title: 'Nowhere', source: `${address}/none.mp4` })
    await expect(playable(client, videoId)).rejects.toThrow('It failed.')
    expect((await client.videos.upload(videoId, small)).videoId).toBe(videoId)
  })

  test('captions, chapters and thumbnails before there is a source', async () => {
    const { videoId } = await client.videos.create({ title: 'Words' })
    expect(await client.captions.upload(videoId, 'en', vtt)).toMatchObject({ srclang: 'en' })
    expect(await client.captions.update(videoId, 'en', { _default: true })).toMatchObject({ _default: true })
    expect((await client.captions.list({ videoId })).data).toHaveLength(1)
    expect(await client.chapters.upload(videoId, 'fr', vtt)).toMatchObject({ language: 'fr' })
    expect((await client.chapters.list({ videoId })).data).toHaveLength(1)
    await client.captions.delete(videoId, 'en')
    await client.chapters.delete(videoId, 'fr')
    await expect(client.captions.get(videoId, 'en')).rejects.toMatchObject({ code: 404 })
    const { assets } = await client.videos.uploadThumbnail(videoId, image)
    // The same picture, without what else its file told.
    expect(pictureAt(assets.thumbnail)).toBe(pictureAt(image))
    await client.videos.delete(videoId)
    await expect(client.videos.get(videoId)).rejects.toMatchObject({ code: 404 })
  })

  test('the refusal of a large file reaches the program, whatever of it was sent: an unknown video, a second source, a token and a key that are none, an image too large', async () => {
    const large = join(folder, 'large.mp4')
    writeFileSync(large, readFileSync(small))
    truncateSync(large, 100 * MIB)
    const made = (apiKey: string) => new (require(name) as new (options: object) => Client)({ apiKey, baseUri: system.url, chunkSize: 128 * MIB })
    const [whole, stranger] = [made(system.apiKey), made(`avc_${'0'.repeat(64)}`)]
    const { videoId } = await whole.videos.create({ title: 'Taken' })
    await whole.videos.upload(videoId, small)
    const code = (asked: Promise<unknown>) => asked.then(() => 0, (reason: { code: number }) => reason.code)
    for (let round = 0; round < 2; round++) {
      expect(await code(whole.videos.upload(`vi${'0'.repeat(26)}`, large))).toBe(404)
      expect(await code(whole.videos.upload(videoId, large))).toBe(400)
      expect(await code(whole.videos.uploadWithUploadToken(`to${'0'.repeat(32)}`, large))).toBe(401)
      expect(await code(stranger.videos.upload(videoId, large))).toBe(401)
      expect(await code(whole.videos.uploadThumbnail(videoId, large))).toBe(400)
    }
    await whole.videos.delete(videoId)
  })

  test('a refusal reaches the program as the problem it is', async () => {
    const { code, problemDetails } = (await client.videos.create({}).catch((reason) => reason)) as { code: number; problemDetails: object | string }
    // The older one hands it on as it came.
    const problem = typeof problemDetails === 'string' ? JSON.parse(problemDetails) : problemDetails
    expect([code, problem]).toEqual([400, expect.objectContaining({ name: 'title', type: 'https://docs.api.video/reference/attribute-required' })])
  })
})
