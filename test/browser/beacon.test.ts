import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Beacon } from '../../shared/src/beacon.ts'
import { type PlayerSite, startPlayerSite } from './playerSite.ts'
import { writeStream } from './playerStream.ts'

const folder = mkdtempSync(join(tmpdir(), 'avocet-beacon-'))
let browser: Browser
let site: PlayerSite

beforeAll(async () => {
  writeStream(folder)
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'] })
  site = await startPlayerSite(folder)
})
afterAll(async () => {
  await browser?.close()
  site?.close()
  rmSync(folder, { recursive: true, force: true })
})

test('the player tells of all that was watched when paused, skipped and closed, each time whole and small', async () => {
  const page = await browser.newPage()
  const until = (condition: string) => expect.poll(() => page.evaluate(`(() => { const video = document.querySelector('video'); return ${condition} })()`), { timeout: 60_000, message: condition }).toBe(true)
  const last = () => Beacon.parse(site.beacons.at(-1))
  await page.goto(`${site.url}/watch/x?metadata[userId]=7&other=1`, { referer: 'https://school.example/lesson' })
  await expect.poll(() => page.evaluate("document.getElementById('player').dataset.state"), { timeout: 60_000 }).toBe('ready')
  await page.click('media-play-button.start')
  await until('video.currentTime > 1')
  await page.evaluate("document.querySelector('video').currentTime = 4")
  await until('video.currentTime > 4.6')
  await page.evaluate("document.querySelector('video').pause()")
  await expect.poll(() => site.beacons.length > 0 && last().watched.length, { timeout: 60_000 }).toBe(2)
  const paused = last()
  expect([paused.watched[0]![1] < 3.5, paused.watched[1]![0] >= 3.7, paused.played < 4.5, JSON.stringify(paused).length < 500]).toEqual([true, true, true, true])
  expect(paused.startup_ms).toBeGreaterThan(0)
  expect([paused.referrer, paused.metadata]).toEqual(['https://school.example/lesson', [['userId', '7']]])
  await page.evaluate("void document.querySelector('video').play()")
  await until('video.currentTime > 5.5')
  await page.goto('about:blank')
  await expect.poll(() => last().played > paused.played, { timeout: 60_000 }).toBe(true)
  const { events } = last()
  expect(events.map(([kind]) => kind)).toEqual(['ready', 'play', 'seek.forward', 'pause', 'resume'])
  expect(events.map(([, ms]) => ms)).toEqual(events.map(([, ms]) => ms).sort((a, b) => a - b))
  const [, , sought] = events
  expect([(sought?.[2] ?? 0) > 0.5, sought?.[3]]).toEqual([true, 4])
  await page.close()
})
