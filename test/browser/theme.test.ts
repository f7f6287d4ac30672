/** A preset's colours, title, logo and steering, as Chromium paints and obeys them. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { PlayerPage } from '../../shared/src/playback.ts'
import { PresetSettings } from '../../shared/src/preset.ts'
import { launchChromium } from '../e2e/browser.ts'
import { pageWith, type PlayerSite, startPlayerSite } from './playerSite.ts'
import { writeStream } from './playerStream.ts'

const folder = mkdtempSync(join(tmpdir(), 'avocet-theme-'))
const THEME = {
  text: 'rgba(250, 204, 21, 1)',
  link: 'rgba(34, 211, 238, 1)',
  link_hover: 'rgba(244, 114, 182, 1)',
  link_active: 'rgba(163, 230, 53, 1)',
  track_played: 'rgba(239, 68, 68, .95)',
  track_unplayed: 'rgba(255, 255, 255, .6)',
  track_background: 'rgba(0, 0, 255, .5)',
  background_top: 'rgba(60, 0, 90, .7)',
  background_bottom: 'rgba(20, 0, 40, .9)',
  background_text: '#fdba74',
}
/** A red square. */
const LOGO = 'data:image/svg+xml,%3Csvg xmlns="http://www.w3.org/2000/svg" width="60" height="60"%3E%3Crect width="60" height="60" fill="red"/%3E%3C/svg%3E'
let browser: Browser
let site: PlayerSite
let page: Page
let violations: string[]

beforeAll(async () => {
  writeStream(folder)
  browser = await launchChromium()
})
afterAll(async () => {
  await browser?.close()
  rmSync(folder, { recursive: true, force: true })
})
beforeEach(async () => {
  site = await startPlayerSite(folder)
})
afterEach(async () => {
  await page.close()
  site.close()
  expect(violations).toEqual([])
})

async function open(settings: object, logo: PlayerPage['logo'] = null): Promise<void> {
  violations = []
  site.page = { ...pageWith(PresetSettings.parse(settings)), logo }
  page = await browser.newPage({ viewport: { width: 800, height: 450 } })
  page.on('console', (message) => message.text().includes('Content Security Policy') && violations.push(message.text()))
  page.on('pageerror', (error) => violations.push(error.message))
  await page.goto(`${site.url}/watch/token`)
  await page.waitForSelector('#player[data-state=ready]')
}

/** A computed property of an element, or of a part inside its shadow tree. */
const style = (selector: string, property: string, part = '') =>
  page.evaluate(
    `getComputedStyle(${part ? `document.querySelector('${selector}').shadowRoot.querySelector('${part}')` : `document.querySelector('${selector}')`}).getPropertyValue('${property}')`,
  )

test('each colour of a theme is on the part it names', async () => {
  await open({ theme: THEME })
  if (process.env.SCREENSHOTS) await page.screenshot({ path: join(process.env.SCREENSHOTS, 'theme-start.png') })
  await page.click('media-play-button.start')
  await page.waitForSelector('#player[data-state=playing]')
  await page.hover('media-time-range')
  expect(await style('.title', 'color')).toBe('rgb(253, 186, 116)')
  expect(await style('.title', 'background-image')).toBe('linear-gradient(rgba(60, 0, 90, 0.7), rgba(0, 0, 0, 0))')
  expect(await style('media-control-bar.buttons', 'background-image')).toBe('linear-gradient(rgba(60, 0, 90, 0.7), rgba(20, 0, 40, 0.9))')
  expect(await style('media-time-display', 'color')).toBe('rgb(250, 204, 21)')
  expect(await style('media-time-range', 'background-color', '#progress')).toBe('rgba(239, 68, 68, 0.95)')
  expect(await style('media-time-range', 'background-color', '#buffered')).toBe('rgba(255, 255, 255, 0.6)')
  expect(await style('media-time-range', 'background-color', '#track')).toBe('rgba(0, 0, 255, 0.5)')
  const icon = (button: string) => style(button, 'fill', 'svg')
  expect(await icon('media-fullscreen-button')).toBe('rgb(34, 211, 238)')
  await page.hover('media-fullscreen-button')
  expect(await icon('media-fullscreen-button')).toBe('rgb(244, 114, 182)')
  await page.hover('media-control-bar.buttons > media-play-button')
  expect(await icon('media-control-bar.buttons > media-play-button')).toBe('rgb(163, 230, 53)')
  if (process.env.SCREENSHOTS) await page.screenshot({ path: join(process.env.SCREENSHOTS, 'theme-playing.png') })
})

test('a title may be hidden, and is there otherwise', async () => {
  await open({ hide_title: true })
  expect(await page.locator('.title').count()).toBe(0)
  await page.close()
  await open({})
  expect(await page.locator('.title').textContent()).toContain('Field recordings')
})

test('a logo is shown at most 30 pixels high and leads where it is told to', async () => {
  await open({}, { src: LOGO, link: 'https://acme.example/' })
  if (process.env.SCREENSHOTS) await page.screenshot({ path: join(process.env.SCREENSHOTS, 'logo.png') })
  const image = page.locator('.logo img')
  await expect.poll(async () => (await image.boundingBox())?.height).toBe(30)
  expect(await page.locator('a.logo').getAttribute('href')).toBe('https://acme.example/')
  await page.close()
  await open({}, { src: LOGO, link: null })
  expect([await page.locator('a.logo').count(), await page.locator('span.logo').count()]).toEqual([0, 1])
})

test('a player that may not be steered obeys no message, one that may does', async () => {
  const mute = `postMessage(JSON.stringify({ context: 'player.js', version: '0.0.11', method: 'mute' }), '*')`
  const muted = () => page.evaluate('document.querySelector("video").muted')
  await open({ steerable: false })
  await page.evaluate(mute)
  await page.evaluate('new Promise((resolve) => { addEventListener("message", resolve, { once: true }); postMessage("behind it", "*") })')
  expect(await muted()).toBe(false)
  await page.close()
  await open({})
  await page.evaluate(mute)
  await expect.poll(muted).toBe(true)
})
