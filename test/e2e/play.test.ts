import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchChromium } from './browser.ts'
import { overHttp } from '../validator/fetched.ts'
import { loadPresentation } from '../validator/presentation.ts'
import { validate } from '../validator/validate.ts'
import { startSystem, type System } from './support/system.ts'

const SECONDS = 60
const dir = mkdtempSync(join(tmpdir(), 'avocet-play-'))
let system: System
let browser: Browser
/** A foreign page that embeds the player. */
let site: Server
let video: { id: string; embed_token: string }

beforeAll(async () => {
  system = await startSystem()
  browser = await launchChromium()
  site = createServer((request, response) => {
    response.setHeader('Content-Type', 'text/html')
    response.end(`<iframe src="${system.url}${request.url}" width="640" height="360" allow="autoplay"></iframe>`)
  })
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  await browser?.close()
  site?.close()
  await system?.stop()
  rmSync(dir, { recursive: true, force: true })
})

async function api<T>(path: string, init: RequestInit = {}): Promise<T> {
  const response = await fetch(`${system.url}/api/v1${path}`, { ...init, headers: { 'X-API-Key': system.apiKey, ...(init.headers as object) } })
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  return (response.status === 204 ? null : await response.json()) as T
}

interface Shown {
  status: string
  playable: boolean
  progress: number
  duration: number
  renditions: { name: string }[]
  download_url: string | null
  error: unknown
}

async function waitFor(wanted: (shown: Shown) => boolean): Promise<Shown> {
  for (;;) {
    const shown = await api<Shown>(`/videos/${video.id}`)
    if (wanted(shown)) return shown
    if (shown.status === 'failed') throw new Error(JSON.stringify(shown.error))
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}

test('a 60 s 1080p clip goes up in parallel chunks and is playable before it is ready', async () => {
  const file = join(dir, 'clip.mp4')
  // A new picture each second, thirty times over: large to send and soon encoded.
  const picture = ['-f', 'lavfi', '-i', `testsrc2=s=1920x1080:r=1:d=${SECONDS},fps=30`]
  const sound = ['-f', 'lavfi', '-i', `sine=f=440:r=48000:d=${SECONDS}`]
  execFileSync('ffmpeg', ['-v', 'error', '-y', ...picture, ...sound, '-c:v', 'libx264', '-preset', 'ultrafast', '-qp', '12', '-g', '15', '-pix_fmt', 'yuv420p', '-c:a', 'aac', file])
  const bytes = readFileSync(file)
  const { upload_id, chunk_size, chunk_count } = await api<{ upload_id: string; chunk_size: number; chunk_count: number }>('/upload/init', {
    method: 'POST',
    body: JSON.stringify({ filename: 'clip.mp4', size: bytes.length, title: 'End to end' }),
  })
  expect(chunk_count).toBeGreaterThan(3)
  const indexes = Array.from({ length: chunk_count }, (_, index) => index).reverse()
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      for (let index = indexes.pop(); index !== undefined; index = indexes.pop()) {
        const body = bytes.subarray(index * chunk_size, (index + 1) * chunk_size)
        await api('/upload/chunk', { method: 'POST', body, headers: { 'X-Upload-ID': upload_id, 'X-Chunk-Index': String(index) } })
      }
    }),
  )
  const done = await api<{ video_id: string; embed_token: string; status: string }>('/upload/complete', { method: 'POST', body: JSON.stringify({ upload_id }) })
  expect(done.status).toBe('processing')
  video = { id: done.video_id, embed_token: done.embed_token }
  const early = await waitFor(({ playable }) => playable)
  expect(early).toMatchObject({ status: 'processing', duration: SECONDS })
  expect(early.progress).toBeLessThan(0.5)
})

test('it becomes ready, and every playlist, key and segment of every rendition decodes to the source’s length and frames', async () => {
  const shown = await waitFor(({ status }) => status === 'ready')
  expect(shown.renditions.map(({ name }) => name)).toEqual(['v1080', 'v720', 'v480', 'v360', 'v240'])
  const session = (await (await fetch(`${system.url}/api/stream/${video.embed_token}/token`, { method: 'POST', body: '{}' })).json()) as { master_m3u8: string }
  const of = await loadPresentation(overHttp, new URL(session.master_m3u8, system.url), { frames: SECONDS * 30 })
  // Rungs in between are left out where they cost nearly as much as the one above.
  expect(of.variants.map(({ rendition }) => rendition.name)).toEqual(expect.arrayContaining(['v1080.m3u8', 'v240.m3u8']))
  expect(of.renditions.map(({ playlist }) => [playlist.playlistType, playlist.endlist])).toEqual(of.renditions.map(() => ['VOD', true]))
  expect(of.renditions.flatMap(({ segments }) => segments).map(({ encrypted }) => encrypted)).not.toContain(false)
  for (const { segments } of of.renditions) expect(Math.abs(segments.reduce((sum, { claimed }) => sum + claimed, 0) - SECONDS)).toBeLessThan(0.1)
  expect((await validate(of)).filter(({ verdict }) => verdict === 'broken')).toEqual([])
})

async function bytesOf(url: URL): Promise<Buffer> {
  const response = await fetch(url)
  expect(response.status).toBe(200)
  return Buffer.from(await response.arrayBuffer())
}

function countFrames(file: string, stream: string): number {
  execFileSync('ffmpeg', ['-v', 'error', '-xerror', '-i', file, '-f', 'null', '-'])
  const text = execFileSync('ffprobe', ['-v', 'error', '-select_streams', stream, '-count_packets', '-show_entries', 'stream=nb_read_packets', '-of', 'csv=p=0', file], { encoding: 'utf8' })
  return Number.parseInt(text, 10)
}

test('it plays in Chromium: the picture has its size, time advances, quality switches, a caption shows', async () => {
  const vtt = 'WEBVTT\n\n00:00:00.000 --> 00:00:59.000\nA caption for everyone\n'
  await api(`/videos/${video.id}/subtitles?language=en&label=English&default=true`, { method: 'POST', body: vtt })
  const { id: preset_id } = await api<{ id: string }>('/presets', { method: 'POST', body: JSON.stringify({ name: 'captions on', settings: { captions_default: true, muted: true } }) })
  await api(`/videos/${video.id}`, { method: 'PUT', body: JSON.stringify({ preset_id }) })
  const page = await browser.newPage({ viewport: { width: 1280, height: 720 } })
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  await page.goto(`${system.url}/watch/${video.embed_token}`)
  await page.waitForSelector('#player[data-state=ready], #player[data-state=playing]')
  const facts = () =>
    page.evaluate(() => {
      const element = document.querySelector('video') as HTMLVideoElement
      const cues = [...element.textTracks].flatMap((track) => (track.mode === 'showing' ? [...(track.activeCues ?? [])] : []))
      return {
        time: element.currentTime,
        width: element.videoWidth,
        height: element.videoHeight,
        duration: element.duration,
        ranges: element.buffered.length,
        captions: cues.map((cue) => (cue as VTTCue).text),
      }
    })
  await page.evaluate(() => (document.querySelector('video') as HTMLVideoElement).play())
  await expect.poll(async () => (await facts()).time, { timeout: 60_000 }).toBeGreaterThan(2)
  const first = await facts()
  expect(first.width / first.height).toBeCloseTo(16 / 9, 1)
  expect(Math.abs(first.duration - SECONDS)).toBeLessThan(0.1)
  expect(first.ranges).toBe(1)
  expect(first.captions).toEqual(['A caption for everyone'])

  await page.mouse.move(640, 360)
  await page.click('media-settings-menu-button')
  await page.click('media-settings-menu-item:has(media-rendition-menu)')
  await page.locator('media-rendition-menu [role=menuitemradio]').filter({ hasText: '240p' }).click()
  await expect.poll(async () => (await facts()).height, { timeout: 60_000 }).toBe(240)
  expect(complaints).toEqual([])
  await page.close()
})

test('it is downloaded as one MP4 with every frame, which Chromium plays by itself', async () => {
  await api(`/videos/${video.id}`, { method: 'PUT', body: JSON.stringify({ downloadable: true }) })
  await waitFor(({ download_url }) => download_url !== null)
  const url = `${system.url}/api/v1/videos/${video.id}/download?api_key=${system.apiKey}`
  const file = join(dir, 'downloaded.mp4')
  writeFileSync(file, await bytesOf(new URL(url)))
  expect(countFrames(file, 'v:0')).toBe(SECONDS * 30)
  const page = await browser.newPage()
  await page.setContent(`<video src="${url}" muted autoplay></video>`)
  const facts = () =>
    page.evaluate(() => {
      const { currentTime, videoWidth, videoHeight, duration, error } = document.querySelector('video') as HTMLVideoElement
      return { currentTime, videoWidth, videoHeight, duration, error: error?.message ?? null }
    })
  await expect.poll(async () => (await facts()).currentTime, { timeout: 60_000 }).toBeGreaterThan(1)
  expect(await facts()).toMatchObject({ videoWidth: 1920, videoHeight: 1080, error: null })
  expect(Math.abs((await facts()).duration - SECONDS)).toBeLessThan(0.1)
  await page.evaluate(() => {
    const element = document.querySelector('video') as HTMLVideoElement
    element.currentTime = 50
  })
  await expect.poll(async () => (await facts()).currentTime, { timeout: 60_000 }).toBeGreaterThan(51)
  await page.close()
})

test('a page of another site may embed it until a domain list is set; then only an allowed one, for the browser and for the API', async () => {
  const port = (site.address() as AddressInfo).port
  const framed = async () => {
    const page = await browser.newPage()
    await page.goto(`http://127.0.0.1:${port}/watch/${video.embed_token}`)
    await page.waitForTimeout(500)
    const frame = page.frames()[1]
    const state = await frame?.waitForSelector('#player[data-state=ready], #player[data-state=playing], [role=alert]', { timeout: 60_000 }).then(
      (element) => element.evaluate((node) => (node as HTMLElement).dataset.state ?? (node as HTMLElement).dataset.code),
      () => 'nothing shown',
    )
    await page.close()
    return state
  }
  expect(await framed()).toMatch(/ready|playing/)
  await api(`/videos/${video.id}`, { method: 'PUT', body: JSON.stringify({ allowed_domains: ['school.example'] }) })
  expect(await framed()).toBe('domain_not_allowed')
  const refused = await fetch(`${system.url}/api/stream/${video.embed_token}/token`, { method: 'POST', body: '{}', headers: { Origin: 'https://evil.example' } })
  expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([403, 'domain_not_allowed'])
  await api(`/videos/${video.id}`, { method: 'PUT', body: JSON.stringify({ allowed_domains: [`127.0.0.1:${port}`] }) })
  expect(await framed()).toMatch(/ready|playing/)
})

test.each([
  ['a text', Buffer.from('only words, no picture\n'.repeat(1000)), 'not_a_video'],
  ['a cut-off MP4', null, 'source_truncated'],
])('%s ends as failed with a reason, and no job keeps running', async (_, bytes, reason) => {
  const body = bytes ?? readFileSync(join(dir, 'clip.mp4')).subarray(0, 3_000_000)
  const { video_id } = await api<{ video_id: string }>('/upload?filename=bad.mp4', { method: 'POST', body })
  video = { id: video_id, embed_token: '' }
  for (;;) {
    const shown = await api<Shown & { error: { code: string; message: string } | null }>(`/videos/${video_id}`)
    if (shown.status !== 'failed') {
      await new Promise((resolve) => setTimeout(resolve, 250))
      continue
    }
    expect(shown.error?.code).toBe(reason)
    expect(shown.error?.message.length).toBeGreaterThan(20)
    break
  }
})

test('an empty file is refused before anything is made of it', async () => {
  const response = await fetch(`${system.url}/api/v1/upload?filename=empty.mp4`, { method: 'POST', body: Buffer.alloc(0), headers: { 'X-API-Key': system.apiKey } })
  expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([400, 'file_empty'])
})
