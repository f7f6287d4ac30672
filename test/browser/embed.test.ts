/** The player in another site's page, steered by player.js messages: with that project's own client, and with ours. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { launchChromium } from '../e2e/browser.ts'
import { type PlayerSite, startPlayerSite } from './playerSite.ts'
import { STREAM_SECONDS, writeStream } from './playerStream.ts'

const CLIENT = readFileSync(createRequire(import.meta.url).resolve('player.js'), 'utf8')
const folder = mkdtempSync(join(tmpdir(), 'avocet-embed-'))
let browser: Browser
let site: PlayerSite
let lms: Server
let page: Page

beforeAll(async () => {
  writeStream(folder)
  browser = await launchChromium()
  lms = createServer(({ url }, response) => {
    if (url === '/client.js') response.setHeader('Content-Type', 'text/javascript').end(CLIENT)
    else {
      const frame = (id: string) => `<iframe id="${id}" src="${site.url}/watch/token?${id}" width="640" height="360" allow="autoplay"></iframe>`
      response.setHeader('Content-Type', 'text/html')
      response.end(`<!doctype html><script src="/client.js"></script><script src="${site.url}/player/embed.js"></script>${frame('one')}${url === '/two' ? frame('two') : ''}`)
    }
  })
  await new Promise<void>((resolve) => lms.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  await browser?.close()
  lms?.close()
  rmSync(folder, { recursive: true, force: true })
})
beforeEach(async () => {
  site = await startPlayerSite(folder)
})
afterEach(async () => {
  await page.close()
  site.close()
})

async function open(path = '/'): Promise<void> {
  page = await browser.newPage()
  await page.goto(`http://127.0.0.1:${(lms.address() as AddressInfo).port}${path}`)
}
const run = <T>(expression: string) => page.evaluate(expression) as Promise<T>
const until = (expression: string, value: unknown = true) => expect.poll(() => run(expression), { timeout: 20_000, message: expression }).toEqual(value)

test('the player.js client finds it ready, plays, seeks, pauses, asks, and hears events', async () => {
  await open()
  await run(`(() => {
    window.heard = { play: 0, pause: 0, timeupdate: [], ended: 0 }
    window.player = new playerjs.Player(document.querySelector('iframe'))
    player.on('ready', () => {
      window.supports = ['play', 'pause', 'setCurrentTime', 'getDuration', 'setVolume', 'setLoop'].map((name) => player.supports('method', name))
      for (const name of ['play', 'pause', 'ended']) player.on(name, () => heard[name]++)
      player.on('timeupdate', (value) => heard.timeupdate.push(value))
      player.mute()
      player.play()
    })
  })()`)
  await until('window.supports?.every(Boolean) && heard.play === 1')
  await until('heard.timeupdate.at(-1)?.seconds > 0.3')
  expect(await run('Math.round(heard.timeupdate.at(-1).duration)')).toBe(STREAM_SECONDS)
  const get = (name: string) => run(`new Promise((resolve) => player.${name}(resolve))`)
  expect([await get('getMuted'), await get('getPaused'), Math.round(Number(await get('getDuration')))]).toEqual([true, false, STREAM_SECONDS])
  await run('player.setVolume(40), player.setLoop(true)')
  expect([await get('getVolume'), await get('getLoop')]).toEqual([40, true])
  await run('player.pause()')
  await until('heard.pause', 1)
  await run('player.setCurrentTime(12)')
  await until('new Promise((resolve) => player.getCurrentTime((time) => resolve(Math.round(time))))', 12)
  await run('player.off("play"), player.play()')
  await until('new Promise((resolve) => player.getPaused(resolve))', false)
  expect(await run('heard.play')).toBe(1)
})

test('our script steers two frames apart from each other, whichever loads first, and leaves one name behind', async () => {
  await open('/two')
  expect(await run('[typeof Avocet.Player, typeof e, typeof t]')).toEqual(['function', 'undefined', 'undefined'])
  await run(`(() => {
    window.heard = []
    window.players = ['one', 'two'].map((id) => {
      const player = new Avocet.Player('#' + id)
      for (const name of ['play', 'pause', 'seeked', 'ended']) player.on(name, () => heard.push(id + ' ' + name))
      return player
    })
    players[0].mute()
    players[0].play()
  })()`)
  await until('heard.includes("one play")')
  await until('players[0].getCurrentTime().then((time) => time > 0.2)')
  expect(await run('Promise.all(players.map((player) => player.getPaused()))')).toEqual([false, true])
  await run('players[0].seek(22.5)')
  await until('heard.includes("one seeked") && heard.includes("one ended")')
  expect(await run('heard.filter((line) => line.startsWith("two"))')).toEqual([])
  await run(`window.late = new Avocet.Player('#two')`)
  expect(Math.round(await run<number>('late.ready.then(() => late.getDuration())'))).toBe(STREAM_SECONDS)
})

test('a refusal reaches the embedding page with its code', async () => {
  site.refusal = { status: 410, body: { error: 'This link has expired.', code: 'token_expired', request_id: 'req-1' } }
  await open()
  const refusal = () => run(`new Avocet.Player('iframe').ready.catch((reason) => reason)`)
  expect(await refusal()).toEqual({ code: 'token_expired', msg: 'This link has expired' })
  // Nobody was listening when it was told; whoever asks now hears it again.
  expect(await refusal()).toEqual({ code: 'token_expired', msg: 'This link has expired' })
})

test('only the page that frames it may steer it', async () => {
  await open('/two')
  await run(`window.player = new Avocet.Player('#one'); player.ready`)
  const [one, two] = page.frames().slice(1)
  // A frame beside it knows its window, and is not the page that embeds it.
  await two?.evaluate(`parent.frames[0].postMessage(JSON.stringify({ context: 'player.js', version: '0.0.11', method: 'setVolume', value: 7 }), '*')`)
  await run('player.setLoop(true)')
  await until('player.getLoop()')
  expect(await one?.evaluate('document.querySelector("video").volume')).toBe(1)
})
