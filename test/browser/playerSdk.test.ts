/** api.video's player SDK, as published, steers our player in another site's page. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { launchChromium } from '../e2e/browser.ts'
import { pageWith, type PlayerSite, startPlayerSite } from './playerSite.ts'
import { STREAM_SECONDS, writeStream } from './playerStream.ts'

const SDK = readFileSync(createRequire(import.meta.url).resolve('@api.video/player-sdk/dist/index.js'), 'utf8')
const folder = mkdtempSync(join(tmpdir(), 'avocet-sdk-'))
let browser: Browser
let site: PlayerSite
let shop: Server
let page: Page

beforeAll(async () => {
  writeStream(folder)
  browser = await launchChromium()
  shop = createServer(({ url }, response) => {
    if (url === '/sdk.js') response.setHeader('Content-Type', 'text/javascript').end(SDK)
    else response.setHeader('Content-Type', 'text/html').end('<!doctype html><script src="/sdk.js"></script><div id="player" style="width:640px;height:360px"></div>')
  })
  await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  await browser?.close()
  shop?.close()
  rmSync(folder, { recursive: true, force: true })
})
beforeEach(async () => {
  site = await startPlayerSite(folder)
  page = await browser.newPage()
  await page.goto(`http://127.0.0.1:${(shop.address() as AddressInfo).port}/`)
})
afterEach(async () => {
  await page.close()
  site.close()
})

const run = <T>(expression: string) => page.evaluate(expression) as Promise<T>
const until = (expression: string, value: unknown = true) => expect.poll(() => run(expression), { timeout: 20_000, message: expression }).toEqual(value)
/** Makes a player that notes its events; resolves once it is ready. */
const open = (options: object = {}) =>
  run(`new Promise((resolve) => {
    window.heard = []
    window.sdk = new PlayerSdk('#player', { id: 'vi1', iframeUrl: '${site.url}/watch/\${type}-\${id}', ...${JSON.stringify(options)} })
    for (const name of ['play', 'firstplay', 'pause', 'ended', 'seeking', 'ratechange', 'volumechange', 'timeupdate', 'controlsdisabled', 'controlsenabled']) sdk.addEventListener(name, (value) => heard.push([name, value]))
    sdk.addEventListener('ready', () => resolve())
  })`)
const inside = () => page.frames()[1]!

test('it plays, seeks, asks, and hears events', async () => {
  await open({ metadata: { userId: '7' } })
  expect(new URL(inside().url()).search).toContain('metadata')
  await run('sdk.mute(), sdk.play()')
  await until('heard.some(([name, value]) => name === "timeupdate" && value.currentTime > 0.3)')
  expect(await run('heard.filter(([name]) => name === "play" || name === "firstplay").map(([name]) => name)')).toEqual(['play', 'firstplay'])
  expect(await run('Promise.all([sdk.getPaused(), sdk.getPlaying(), sdk.getMuted(), sdk.isLiveStream()])')).toEqual([false, true, true, false])
  expect(Math.round(await run<number>('sdk.getDuration()'))).toBe(STREAM_SECONDS)
  expect(await run<{ width: number; height: number }>('sdk.getVideoSize()')).toEqual({ width: expect.any(Number), height: expect.any(Number) })
  await run('sdk.setVolume(0.4), sdk.setLoop(true), sdk.setPlaybackRate(1.5)')
  await until('Promise.all([sdk.getVolume(), sdk.getLoop(), sdk.getPlaybackRate()])', [0.4, true, 1.5])
  await run('sdk.pause(), sdk.setCurrentTime(12)')
  await until('sdk.getCurrentTime().then(Math.round)', 12)
  await run('sdk.seek(-5)')
  await until('sdk.getCurrentTime().then(Math.round)', 7)
  await until('["pause", "seeking", "ratechange", "volumechange"].every((one) => heard.some(([name]) => name === one))')
})

test('what the frame’s address asks for is there from the start, and parts are hidden and shown', async () => {
  await open({ hideTitle: true, loop: true, muted: true })
  expect(await inside().evaluate('[document.querySelector(".title"), document.querySelector("video").muted]')).toEqual([null, true])
  await until('sdk.getLoop()')
  const bars = () => inside().evaluate('[...document.querySelectorAll("media-control-bar")].some((bar) => bar.checkVisibility())')
  expect(await bars()).toBe(true)
  await run('sdk.hideControls()')
  await expect.poll(bars, { timeout: 20_000 }).toBe(false)
  await run('sdk.showControls(), sdk.setTheme({ trackPlayed: "rgba(255, 0, 0, 1)", link: "url(evil)" }), sdk.setVideoStyleObjectFit("cover")')
  await expect.poll(bars, { timeout: 20_000 }).toBe(true)
  const painted = 'JSON.stringify([player.style.getPropertyValue("--theme-track-played"), player.style.getPropertyValue("--theme-link"), document.querySelector("video").style.objectFit])'
  await expect.poll(() => inside().evaluate(painted), { timeout: 20_000 }).toBe(JSON.stringify(['rgba(255, 0, 0, 1)', '', 'cover']))
  expect(await run('heard.map(([name]) => name).filter((name) => name.startsWith("controls"))')).toEqual(['controlsdisabled', 'controlsenabled'])
})

test('a preset that is not steerable is not steered', async () => {
  site.page = pageWith({ steerable: false })
  void open({ muted: true, chromeless: true }).catch(() => {})
  await expect.poll(() => page.frames()[1]?.evaluate('document.getElementById("player")?.dataset.state'), { timeout: 20_000 }).toBe('ready')
  expect(await inside().evaluate('[document.querySelector("video").muted, document.querySelector(".title") !== null]')).toEqual([false, true])
  expect(await run('heard')).toEqual([])
})
