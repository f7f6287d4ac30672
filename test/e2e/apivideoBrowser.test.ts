/** api.video's browser packages as published, in Chromium, on another site's page, against the whole system behind TLS: they speak https alone. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer as createPage, request as ask, type Server } from 'node:http'
import { createServer } from 'node:https'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchChromium } from './browser.ts'
import { startSystem, type System } from './support/system.ts'

const require = createRequire(import.meta.url)
const scriptOf = (name: string) => readFileSync(require.resolve(name), 'utf8')
const folder = mkdtempSync(join(tmpdir(), 'avocet-browser-'))
const clip = join(folder, 'clip.mp4')
let system: System
let browser: Browser
let page: Page
/** TLS in front of the system, and a shop's page. */
const servers: Server[] = []
let host: string

const listen = async (server: Server): Promise<number> => {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

beforeAll(async () => {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, '-days', '1', '-subj', '/CN=127.0.0.1'], { stdio: 'ignore' })
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', 'testsrc2=s=640x360:r=30:d=6', '-f', 'lavfi', '-i', 'sine=d=6', '-vf', 'noise=alls=60:allf=t', '-c:v', 'libx264', '-preset', 'ultrafast', '-b:v', '14M', '-pix_fmt', 'yuv420p', '-c:a', 'aac', clip])
  const tls = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (incoming, outgoing) => {
    const onward = ask(new URL(incoming.url ?? '/', system.url), { method: incoming.method, headers: { ...incoming.headers, host } }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    onward.on('error', () => outgoing.destroy())
    incoming.pipe(onward)
  })
  host = `127.0.0.1:${await listen(tls)}`
  system = await startSystem({ env: { AVOCET_PUBLIC_URL: `https://${host}` } })
  const shop = createPage((incoming, answer) => answer.setHeader('Content-Type', incoming.url === '/clip.mp4' ? 'video/mp4' : 'text/html').end(incoming.url === '/clip.mp4' ? readFileSync(clip) : '<!doctype html><title>Shop</title>'))
  const port = await listen(shop)
  browser = await launchChromium()
  page = await browser.newPage({ ignoreHTTPSErrors: true })
  await page.goto(`http://localhost:${port}/`)
  for (const name of ['@api.video/video-uploader', '@api.video/player-analytics', '@api.video/private-video-session']) await page.addScriptTag({ content: scriptOf(name) })
  await page.evaluate(`(async () => { window.file = new File([await (await fetch('/clip.mp4')).blob()], 'clip.mp4') })()`)
})
afterAll(async () => {
  await browser?.close()
  await system?.stop()
  for (const server of servers) server.close()
  rmSync(folder, { recursive: true, force: true })
})

const run = <T>(expression: string) => page.evaluate(expression) as Promise<T>
async function api<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(`${system.url}${path}`, { method, headers: { Authorization: `Basic ${btoa(`${system.apiKey}:`)}` }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
  return (await answer.json()) as T
}
let uploaded: string

test('VideoUploader: parts by upload token, and told when the video plays', async () => {
  const { token } = await api<{ token: string }>('POST', '/upload-tokens', {})
  const video = await run<{ videoId: string; title: string }>(`(async () => {
    const uploader = new VideoUploader({ file, uploadToken: '${token}', apiHost: '${host}', chunkSize: 5 * 1024 * 1024 })
    window.progress = []
    uploader.onProgress(({ uploadedBytes, totalBytes, currentChunk }) => progress.push([uploadedBytes / totalBytes, currentChunk]))
    window.playable = new Promise((resolve) => uploader.onPlayable(resolve))
    return uploader.upload()
  })()`)
  expect(video.title).toBe('clip.mp4')
  expect((await run<number[][]>('progress')).at(-1)).toEqual([expect.closeTo(1, 1), 3])
  uploaded = video.videoId
  expect(await run('playable')).toMatchObject({ videoId: uploaded })
  expect(await api('GET', `/videos/${uploaded}/status`)).toMatchObject({ ingest: { status: 'uploaded' }, encoding: { playable: true } })
})

test('VideoUploader: into a video that is there, by API key, by access token and by upload token; and ended on the way', async () => {
  const { access_token: accessToken } = await api<{ access_token: string }>('POST', '/auth/api-key', { apiKey: system.apiKey })
  const { token: uploadToken } = await api<{ token: string }>('POST', '/upload-tokens', {})
  for (const credential of [{ apiKey: system.apiKey }, { accessToken }, { uploadToken }]) {
    const { videoId } = await api<{ videoId: string }>('POST', '/videos', { title: 'Kept', mp4Support: false })
    const options = JSON.stringify({ ...credential, videoId, apiHost: host })
    expect(await run(`new VideoUploader({ file: file.slice(0, 1e6), ...${options} }).upload()`)).toMatchObject({ videoId, title: 'Kept' })
    expect(await api('GET', `/videos/${videoId}/status`)).toMatchObject({ ingest: { status: 'uploaded', filesize: 1e6 } })
    await fetch(`${system.url}/videos/${videoId}`, { method: 'DELETE', headers: { Authorization: `Bearer ${accessToken}` } })
  }
  const { videoId } = await api<{ videoId: string }>('POST', '/videos', { title: 'Ended' })
  const ended = run<string>(`(async () => {
    const uploader = new VideoUploader({ file, accessToken: '${accessToken}', videoId: '${videoId}', apiHost: '${host}', chunkSize: 5 * 1024 * 1024 })
    uploader.onProgress(({ currentChunk }) => currentChunk > 1 && uploader.cancel())
    return uploader.upload().then(() => 'whole', () => 'ended')
  })()`)
  expect(await ended).toBe('ended')
  expect(await api('GET', `/videos/${videoId}/status`)).toMatchObject({ ingest: { status: 'uploading', receivedParts: { parts: [1], total: 3 } } })
})

test('ProgressiveUploader: blobs of any size with an access token', async () => {
  const { access_token: accessToken, refresh_token: refreshToken } = await api<{ access_token: string; refresh_token: string }>('POST', '/auth/api-key', { apiKey: system.apiKey })
  const { videoId } = await api<{ videoId: string }>('POST', '/videos', { title: 'Recorded' })
  const video = await run<{ title: string }>(`(async () => {
    const uploader = new ProgressiveUploader({ accessToken: '${accessToken}', refreshToken: '${refreshToken}', videoId: '${videoId}', apiHost: '${host}' })
    for (let at = 0; at < file.size - 1e6; at += 1e6) await uploader.uploadPart(file.slice(at, at + 1e6))
    return uploader.uploadLastPart(file.slice(Math.floor((file.size - 1e6 - 1) / 1e6 + 1) * 1e6))
  })()`)
  expect(video.title).toBe('Recorded')
  expect(await api('GET', `/videos/${videoId}/status`)).toMatchObject({ ingest: { status: 'uploaded', filesize: await run('file.size') } })
})

test('PlayerAnalytics: a viewing is a session with its events', async () => {
  const session = await run<string>(`(async () => {
    const told = new Promise((resolve) => {
      window.analytics = new PlayerAnalytics({ pingUrl: 'https://${host}/vod', videoId: '${uploaded}', videoType: 'vod', metadata: { userId: '7' }, onSessionIdReceived: resolve })
    })
    await analytics.ready()
    await analytics.play()
    analytics.updateTime(3)
    await analytics.pause()
    await analytics.resume()
    await analytics.seek(3, 1)
    await analytics.seek(1, 5)
    await analytics.end()
    analytics.destroy()
    return told
  })()`)
  expect(session).toMatch(/^ps[0-9a-z]{52}$/)
  const year = new Date().getUTCFullYear()
  const sessions = () => api<{ data: { session: { sessionId: string; metadata: unknown } }[] }>('GET', `/analytics/videos/${uploaded}?period=${year}&metadata[userId]=7`)
  await expect.poll(async () => (await sessions()).data.map((one) => one.session.sessionId), { timeout: 60_000, interval: 1_000 }).toEqual([session])
  const { data } = await api<{ data: { type: string }[] }>('GET', `/analytics/sessions/${session}/events`)
  expect(data.map(({ type }) => type)).toEqual(expect.arrayContaining(['ready', 'play', 'pause', 'resume', 'seek.backward', 'seek.forward', 'end']))
  const { liveStreamId } = await api<{ liveStreamId: string }>('POST', '/live-streams', { name: 'Sunday' })
  expect(
    await run(`new Promise((resolve) => new PlayerAnalytics({ pingUrl: 'https://${host}/live', videoId: '${liveStreamId}', videoType: 'live', onSessionIdReceived: resolve }).ready())`),
  ).toMatch(/^ps/)
})

test('PrivateVideoSession: a token of one use becomes a session that opens every asset', async () => {
  for (const file of ['thumbnail.jpg', 'mp4/source.mp4']) await expect.poll(async () => (await fetch(`${system.url}/vod/${uploaded}/${file}`, { method: 'HEAD' })).status, { timeout: 60_000, interval: 500 }).toBe(200)
  const { assets } = await api<{ assets: { hls: string } }>('PATCH', `/videos/${uploaded}`, { public: false })
  const [hls, type, thumbnail, mp4, token] = await run<[string, string, number, number, string]>(`(async () => {
    const session = new PrivateVideoSession({ assetUrl: '${assets.hls}', domains: { vod: '${host}', embed: '${host}' } })
    const status = async (url) => (await fetch(url)).status
    const playlist = await (await fetch(await session.getHlsUrl())).text()
    await fetch(await session.getHlsUrl())
    const page = await fetch(await session.getPlayerUrl(), { mode: 'no-cors' })
    return [playlist.slice(0, 7), page.type, await status(await session.getThumbnailUrl()), await status(await session.getMp4Url()), await session.getSessionToken()]
  })()`)
  expect([hls, type, thumbnail, mp4]).toEqual(['#EXTM3U', 'opaque', 200, 200])
  const { assets: fresh } = await api<{ assets: { hls: string } }>('GET', `/videos/${uploaded}`)
  const invitation = fresh.hls.split('/token/')[1]!.split('/')[0]
  const byToken = `new PrivateVideoSession({ token: '${invitation}', videoId: '${uploaded}', domains: { vod: '${host}', embed: '${host}' } }).getSessionToken()`
  expect([token.length > 0, (await run<string>(byToken)).length > 0]).toEqual([true, true])
})
