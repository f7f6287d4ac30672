/** Who may watch, as a viewer meets it: real pages of the running system in Chromium. */
import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchChromium } from './browser.ts'
import { type Api, apiOf, clip, type EncodedVideo, encodedVideo } from './support/encodedVideo.ts'
import { startSystem, type System } from './support/system.ts'

/** A key serves 60 s of video: these ask for three. */
const SECONDS = 150
const WORST_MS = 65_000
const stateDir = mkdtempSync(join(tmpdir(), 'avocet-rights-'))
let system: System
let browser: Browser
let api: Api
let video: EncodedVideo
let other: EncodedVideo

beforeAll(async () => {
  system = await startSystem({ stateDir })
  api = apiOf(system)
  const bytes = clip(SECONDS)
  ;[video, other] = await Promise.all([encodedVideo(api, bytes), encodedVideo(api, bytes)])
  await Promise.all([video, other].map(({ id }) => api(`/videos/${id}`, { method: 'PUT', body: JSON.stringify({ visibility: 'private' }) })))
  browser = await launchChromium()
})
afterAll(async () => {
  await browser?.close()
  await system?.stop()
  rmSync(stateDir, { recursive: true, force: true })
})

const mint = async (terms: object, of = video) => (await api<{ embed_token: string }>('/embed-token', { method: 'POST', body: JSON.stringify({ video_id: of.id, ...terms }) })).embed_token

async function open(token: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 640, height: 360 } })
  await page.goto(`${system.url}/watch/${token}`)
  return page
}
const timeOf = (page: Page) => page.evaluate("document.querySelector('video')?.currentTime ?? 0") as Promise<number>
async function playing(token: string): Promise<Page> {
  const page = await open(token)
  await page.waitForSelector('#player[data-state=ready], #player[data-state=playing]', { timeout: 60_000 })
  await page.evaluate("(() => { const video = document.querySelector('video'); video.muted = true; return video.play() })()")
  await expect.poll(() => timeOf(page), { timeout: 60_000 }).toBeGreaterThan(1)
  return page
}
/** The refusal a viewer reads: its code and its words. */
async function refusal(page: Page, timeout: number): Promise<[code: string | undefined, words: string]> {
  const alert = await page.waitForSelector('[role=alert]', { timeout })
  return alert.evaluate((node) => [(node as HTMLElement).dataset.code, node.textContent ?? ''])
}

function signed(claims: object, kid: string, secret: string): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const now = Math.floor(Date.now() / 1000)
  const text = `${encode({ alg: 'HS256', typ: 'avocet-embed+jwt', kid })}.${encode({ sub: video.id, aud: 'avocet-embed', iat: now, exp: now + 3600, ...claims })}`
  return `${text}.${createHmac('sha256', Buffer.from(secret, 'base64url')).update(text).digest('base64url')}`
}

test('a revoked token, viewer, video’s tokens and signing key: each stops what plays within 65 s, in words', async () => {
  const key = await api<{ id: string; secret: string }>('/signing-keys', { method: 'POST', body: JSON.stringify({ name: 'lms', algorithm: 'HS256' }) })
  const token = await mint({})
  const cases = {
    token: { opened: token, revoke: () => api(`/embed-tokens/${token}`, { method: 'DELETE' }) },
    viewer: { opened: await mint({ viewer_id: 'student-7' }), revoke: () => api('/viewers/revoke', { method: 'POST', body: JSON.stringify({ viewer_id: 'student-7' }) }) },
    video: { opened: await mint({}, other), revoke: () => api(`/videos/${other.id}/embed-tokens`, { method: 'DELETE' }) },
    'signing key': { opened: signed({}, key.id, key.secret), revoke: () => api(`/signing-keys/${key.id}`, { method: 'DELETE' }) },
  }
  const untouched = await playing(await mint({ viewer_id: 'student-8' }))
  const stopped = await Promise.all(
    Object.entries(cases).map(async ([name, { opened, revoke }]) => {
      const page = await playing(opened)
      await revoke()
      const revokedAt = performance.now()
      const [code, words] = await refusal(page, WORST_MS)
      const afterMs = performance.now() - revokedAt
      const before = await page.evaluate("[...document.querySelectorAll('video')].filter((video) => !video.paused).length")
      await page.close()
      return [name, code, /withdrawn|not valid/.test(words), before, afterMs <= WORST_MS]
    }),
  )
  expect(stopped).toEqual([
    ['token', 'token_revoked', true, 0, true],
    ['viewer', 'token_revoked', true, 0, true],
    ['video', 'token_revoked', true, 0, true],
    ['signing key', expect.stringMatching(/^(token_revoked|invalid_token)$/), true, 0, true],
  ])
  const at = await timeOf(untouched)
  await expect.poll(() => timeOf(untouched), { timeout: 60_000 }).toBeGreaterThan(at + 1)
  await untouched.close()
})

test('a token for one screen plays on one; the second is told why, and the first plays on', async () => {
  const token = await mint({ viewer_id: 'student-9', max_sessions: 1 })
  const first = await playing(token)
  const second = await open(token)
  const [code, words] = await refusal(second, 30_000)
  expect([code, words.includes('Too many screens')]).toEqual(['too_many_viewers', true])
  const at = await timeOf(first)
  await expect.poll(() => timeOf(first), { timeout: 60_000 }).toBeGreaterThan(at + 1)
  await Promise.all([first.close(), second.close()])
})

test('the watermark names the viewer, and is back when it has been taken away', async () => {
  const page = await open(await mint({ viewer_id: 'student-10', viewer_name: 'Ada', watermark_text: '{viewer_name} {viewer_id} {ip}' }))
  await page.waitForSelector('.watermark')
  const text = () => page.evaluate("document.querySelector('.watermark')?.textContent")
  expect(await text()).toBe('Ada student-10 127.0.0.1')
  await page.evaluate("document.querySelector('.watermark').remove()")
  await expect.poll(text, { timeout: 30_000 }).toBe('Ada student-10 127.0.0.1')
  await page.evaluate("document.querySelector('.watermark').style.opacity = '0'")
  await expect.poll(() => page.evaluate("document.querySelector('.watermark')?.style.opacity"), { timeout: 30_000 }).toBe('')
  await page.close()
})

test('every denial of a page is a sentence and a code', async () => {
  const ended = await mint({ expires_in: 1 })
  const once = await mint({ max_views: 1 })
  await (await playing(once)).close()
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  const key = await api<{ id: string; secret: string }>('/signing-keys', { method: 'POST', body: JSON.stringify({ name: 'x', algorithm: 'HS256' }) })
  const cases: [code: string, token: string][] = [
    ['token_expired', ended],
    ['token_not_yet_valid', await mint({ starts_at: new Date(Date.now() + 3_600_000).toISOString() })],
    ['token_required', video.embedToken],
    ['ip_not_allowed', await mint({ allowed_ips: ['192.0.2.0/24'] })],
    ['country_not_allowed', await mint({ allowed_countries: ['NL'] })],
    ['view_limit_reached', once],
    ['invalid_token', signed({}, key.id, 'bm90IHRoZSBzZWNyZXQ')],
    ['embed_not_found', '0'.repeat(32)],
  ]
  for (const [code, token] of cases) {
    const page = await open(token)
    const [shown, words] = await refusal(page, 30_000)
    expect([shown, words.replace(code, '').trim().length > 20]).toEqual([code, true])
    await page.close()
  }
})

test('a playback token of 10 s is renewed on the way: one page load, one session', async () => {
  await system.stop()
  system = await startSystem({ stateDir, transcoders: 0, env: { AVOCET_PLAYBACK_TOKEN_SECONDS: '10' } })
  api = apiOf(system)
  const token = await mint({ viewer_id: 'student-11' })
  const page = await open(token)
  const asked: string[] = []
  let loads = 0
  page.on('request', (request) => request.url().endsWith('/token') && asked.push(request.postDataJSON()?.playlist_token))
  page.on('framenavigated', () => loads++)
  await page.waitForSelector('#player[data-state=ready], #player[data-state=playing]')
  await page.evaluate("(() => { const video = document.querySelector('video'); video.muted = true; return video.play() })()")
  await expect.poll(() => asked.length, { timeout: 90_000 }).toBeGreaterThanOrEqual(3)
  const at = await timeOf(page)
  await expect.poll(() => timeOf(page), { timeout: 60_000 }).toBeGreaterThan(at + 2)
  expect([loads, asked.every((one) => typeof one === 'string'), await page.evaluate("document.querySelector('[role=alert]')")]).toEqual([0, true, null])
  const { data } = await api<{ data: { viewer_id: string }[] }>(`/videos/${video.id}/sessions`)
  expect(data.filter(({ viewer_id }) => viewer_id === 'student-11')).toHaveLength(1)
  await page.close()
})
