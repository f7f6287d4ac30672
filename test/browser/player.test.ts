import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { Beacon } from '../../shared/src/beacon.ts'
import type { PresetSettings } from '../../shared/src/preset.ts'
import { pageWith, type PlayerSite, startPlayerSite } from './playerSite.ts'
import { writeStream } from './playerStream.ts'

const FLAGS = '--no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync --no-first-run'
const folder = mkdtempSync(join(tmpdir(), 'avocet-player-'))
let browser: Browser
let site: PlayerSite
let page: Page
let violations: string[]

beforeAll(async () => {
  writeStream(folder)
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS.split(' ') })
})
afterAll(async () => {
  await browser?.close()
  rmSync(folder, { recursive: true, force: true })
})
beforeEach(async () => {
  violations = []
  site = await startPlayerSite(folder)
})
afterEach(async () => {
  await page.context().close()
  site.close()
  expect(violations).toEqual([])
})

async function open(preset: Partial<PresetSettings> = {}, { watermark = '', width = 800 } = {}): Promise<void> {
  site.page = pageWith(preset, watermark)
  page = await (await browser.newContext({ viewport: { width, height: (width * 9) / 16 } })).newPage()
  page.on('console', (message) => message.text().includes('Content Security Policy') && violations.push(message.text()))
  page.on('pageerror', (error) => violations.push(error.message))
  await page.goto(`${site.url}/watch/token`)
}

const state = (name: string) => page.waitForSelector(`#player[data-state=${name}]`)
const read = <T>(expression: string) =>
  page.evaluate(`(() => { const video = document.querySelector('video'); return ${expression} })()`) as Promise<T>
/** Polls from outside: the page's policy forbids the evaluation that Playwright's own wait does inside it. */
const until = (condition: string) => expect.poll(() => read(condition), { timeout: 60_000, message: condition }).toBe(true)
const segments = () => site.requests.filter((line) => line.endsWith('.m4s'))

async function play(): Promise<void> {
  await state('ready')
  await page.click('media-play-button.start')
  await state('playing')
  await until('video.currentTime > 0.2')
}

async function choose(menu: string, item: string): Promise<void> {
  await page.click('media-settings-menu-button')
  await page.click(`media-settings-menu-item:has(${menu})`)
  await page.locator(`${menu} [role=menuitemradio]`).filter({ hasText: item }).click()
}

test('plays when pressed, from the start, and counts one view after two seconds', async () => {
  await open()
  await play()
  expect(await read('video.videoHeight')).toBe(360)
  await expect.poll(() => site.beacons.length, { timeout: 60_000 }).toBe(1)
  expect(await read('video.currentTime >= 2')).toBe(true)
  const view = Beacon.parse(site.beacons[0])
  expect(view).toMatchObject({ watched: [[expect.any(Number), expect.any(Number)]], errors: [] })
  expect(Object.values(view.renditions).reduce((sum, seconds) => sum + seconds, 0)).toBeCloseTo(view.played, 0)
  expect([view.watched[0]![0] < 0.5, view.played >= 2, (view.startup_ms ?? 0) > 0]).toEqual([true, true, true])
})

test('fetches no segment before someone wants to see the video, yet knows how long it is', async () => {
  await open()
  await state('ready')
  await page.locator('media-time-display').getByText('0:24').waitFor()
  expect(segments()).toEqual([])
  await page.hover('#player')
  await expect.poll(segments).not.toEqual([])
})

test('the chosen quality is the one that shows', async () => {
  await open()
  await play()
  await choose('media-rendition-menu', '180p')
  await until('video.videoHeight === 180')
  expect(await read('video.paused')).toBe(false)
})

test('another sound can be chosen', async () => {
  await open()
  await play()
  await choose('media-audio-track-menu', 'audio_1')
  await expect.poll(() => segments().some((line) => line.includes('/a1-'))).toBe(true)
})

test('captions are off until asked for, show in the chosen language, and c toggles them', async () => {
  await open()
  await play()
  const shown = `[...video.textTracks].filter(({ kind, mode }) => kind === 'subtitles' && mode === 'showing').map(({ activeCues }) => activeCues?.[0]?.text).join()`
  expect(await read(shown)).toBe('')
  await choose('media-captions-menu', 'Deutsch')
  await until(`${shown} === 'Ein deutscher Untertitel'`)
  await page.keyboard.press('Escape')
  await page.keyboard.press('c')
  await until(`${shown} === ''`)
})

test('a preset shows captions from the start', async () => {
  await open({ captions_default: true })
  await play()
  await until(`video.textTracks[0].mode === 'showing' && video.textTracks[0].activeCues?.[0]?.text === 'A caption in English'`)
})

test('plays by keyboard wherever focus is', async () => {
  await open()
  await state('ready')
  await page.keyboard.press('k')
  await state('playing')
  await page.keyboard.press('Space')
  await until('video.paused')
  await page.keyboard.press('5')
  await until('Math.round(video.currentTime) === 12')
  await page.keyboard.press('l')
  await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('j')
  await until('Math.round(video.currentTime) === 2')
  await page.keyboard.press('ArrowDown')
  await until('video.volume < 1')
  await page.keyboard.press('m')
  await until('video.muted')
  await page.keyboard.press('Shift+>')
  await until('video.playbackRate === 1.25')
  await page.keyboard.press('f')
  await until(`document.fullscreenElement?.id === 'player'`)
})

test('a token refused during playback is renewed and playback goes on', async () => {
  await open()
  await play()
  site.expired.set('token-1', 401)
  await choose('media-rendition-menu', '180p')
  await until('video.videoHeight === 180')
  expect(site.sessions).toBe(2)
  expect(site.requests).toContain('GET /p/token-2/v1.m3u8')
})

test('at 80 % of its life a token is exchanged for one of the same session, without a stop or a reload', async () => {
  site.lifetime = 5
  await open()
  await play()
  await expect.poll(() => site.asked.length, { timeout: 60_000 }).toBe(3)
  expect(site.asked.map(({ ticket, playlist_token }) => [ticket, playlist_token])).toEqual([
    ['ticket', undefined],
    ['ticket', 'token-1'],
    ['ticket', 'token-2'],
  ])
  expect(await read('!video.paused && video.currentTime > 5')).toBe(true)
  expect(site.requests.filter((line) => line.startsWith('GET /watch'))).toHaveLength(1)
})

test('a refused key shows why when a new session would be granted and the key still is not', async () => {
  await open()
  await state('ready')
  site.expired.set('token-1', 403)
  site.expired.set('token-2', 403)
  site.denial = { error: 'This video may not be played from this network.', code: 'ip_not_allowed', request_id: 'req-3' }
  for (let token = 3; token < 9; token++) site.expired.set(`token-${token}`, 403)
  await page.click('media-play-button.start')
  await state('error')
  expect(await page.getByRole('alert').textContent()).toContain('Not available on this network')
})

test.each([
  'token_expired',
  'token_not_yet_valid',
  'token_revoked',
  'token_required',
  'invalid_token',
  'domain_not_allowed',
  'country_not_allowed',
  'ip_not_allowed',
  'too_many_viewers',
  'view_limit_reached',
  'embed_not_found',
  'video_failed',
])('the refusal %s is shown in words of its own, with its code', async (code) => {
  site.refusal = { status: 403, body: { error: '', code, request_id: 'req-5' } }
  await open()
  await state('error')
  const said = (await page.getByRole('alert').textContent()) ?? ''
  expect(said).toContain(`${code} · req-5`)
  expect(said).not.toContain('Something went wrong')
  expect(said.replace(`${code} · req-5`, '').length).toBeGreaterThan(30)
})

test('a stream that breaks off is opened anew and goes on at the same picture', async () => {
  await open()
  await state('ready')
  site.expired.set('token-1', 404)
  await page.keyboard.press('8')
  await page.keyboard.press('k')
  await until('video.currentTime > 19.5')
  expect(site.requests).toContain('GET /p/token-2/master.m3u8')
  expect(segments().filter((line) => line.endsWith('-0.m4s'))).toEqual([])
})

test('access withdrawn during playback ends it with the reason, its code and the request id', async () => {
  site.committed = 1
  await open({}, { watermark: 'viewer-17' })
  await play()
  site.refusal = { status: 410, body: { error: 'Access to this video has been withdrawn.', code: 'token_revoked', request_id: 'req-7' } }
  site.expired.set('token-1', 410)
  await state('error')
  const alert = page.getByRole('alert')
  expect(await alert.textContent()).toContain('Access has been withdrawn')
  expect(await alert.textContent()).toContain('token_revoked · req-7')
  expect(await page.locator('.watermark').count()).toBe(0)
})

test('a refusal is readable in a frame of 320 pixels', async () => {
  site.refusal = {
    status: 403,
    body: { error: 'This video may not be played on this site.', code: 'domain_not_allowed', request_id: 'req-8' },
  }
  await open({}, { width: 320 })
  await state('error')
  expect(await page.getByRole('alert').textContent()).toContain('Not available on this site')
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320)
})

test('a code the player does not know shows what the server says', async () => {
  site.refusal = { status: 451, body: { error: 'Withheld by court order.', code: 'withheld', request_id: 'req-9' } }
  await open()
  await state('error')
  expect(await page.getByRole('alert').textContent()).toContain('Withheld by court order.')
})

test('a video still being prepared says so and is ready by itself', async () => {
  const preparing = (progress: number) => ({ status: 409, body: { error: 'This video is still being prepared.', code: 'not_ready', request_id: 'req-1', stage: 'encoding', progress } })
  site.refusal = preparing(0.4)
  await open()
  await state('preparing')
  expect(await page.getByRole('status').textContent()).toContain('being prepared')
  const bar = page.getByRole('progressbar', { name: 'Prepared so far' })
  await until('document.querySelector("progress").value === 0.4')
  expect(await bar.isVisible()).toBe(true)
  site.refusal = preparing(0.7)
  await until('document.querySelector("progress").value === 0.7')
  site.refusal = null
  await play()
})

test('a video still being encoded plays from its start, shows its whole length, and goes on as it grows', async () => {
  site.committed = 1
  await open()
  await play()
  expect(await read('video.currentTime < 3 && Math.round(video.duration)')).toBe(24)
  site.committed = 3
  await until('video.currentTime > 5')
})

test('autoplay starts muted and offers the sound', async () => {
  await open({ autoplay: true })
  await state('playing')
  expect(await read('video.muted')).toBe(true)
  await page.click('.unmute')
  await until('!video.muted && !document.querySelector(".unmute")')
})

test('without controls the picture itself starts and stops the video', async () => {
  await open({ controls: false })
  await play()
  expect(await page.locator('media-control-bar').count()).toBe(0)
  await page.mouse.click(400, 100)
  await until('video.paused')
})

test('the watermark comes back when it is removed or altered', async () => {
  await open({}, { watermark: 'viewer-17 {time}' })
  await state('ready')
  const whole = `[...document.querySelectorAll('.watermark')].filter((mark) => !mark.hidden && /^viewer-17 .*\\d/.test(mark.textContent)).length === 1`
  await until(whole)
  for (const attack of ['remove()', 'hidden = true', 'textContent = ""', 'style.opacity = 0']) {
    await page.evaluate(`document.querySelector('.watermark').${attack}`)
    await until(`${whole} && document.querySelector('.watermark').style.opacity === ''`)
  }
})
