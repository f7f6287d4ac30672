/** The domain lock with real pages: Chromium, several host names on this machine, the running system in their frames. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Frame } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchChromium } from './browser.ts'
import { type Api, apiOf, clip, type EncodedVideo, encodedVideo } from './support/encodedVideo.ts'
import { startSystem, type System } from './support/system.ts'

let system: System
let browser: Browser
/** Any host's pages: `/frames/a/b` frames host b's page, which frames the player, in host a's. */
let sites: Server
let port: number
let api: Api
let video: EncodedVideo

beforeAll(async () => {
  system = await startSystem()
  api = apiOf(system)
  video = await encodedVideo(api, clip(4))
  browser = await launchChromium('--host-resolver-rules=MAP *.test 127.0.0.1')
  sites = createServer(({ url }, response) => {
    const { pathname, searchParams } = new URL(url ?? '/', 'http://x')
    const [inner, ...rest] = pathname.split('/').filter(Boolean)
    const src = inner ? `http://${inner}:${port}/${rest.join('/')}?${searchParams}` : `${system.url}/watch/${video.embedToken}`
    const policy = searchParams.get('policy')
    response.setHeader('Content-Type', 'text/html')
    response.end(`<!doctype html><iframe id="inner" src="${src}" width="640" height="360" allow="autoplay"${policy ? ` referrerpolicy="${policy}"` : ''}></iframe>`)
  })
  await new Promise<void>((resolve) => sites.listen(0, '127.0.0.1', resolve))
  port = (sites.address() as AddressInfo).port
})
afterAll(async () => {
  await browser?.close()
  sites?.close()
  await system?.stop()
})

/** What stands in the innermost frame: the player, a refusal's code, or nothing at all. */
async function shownAt(hosts: string[], policy = ''): Promise<string> {
  const page = await browser.newPage()
  try {
    const [outer, ...inner] = hosts
    await page.goto(outer ? `http://${outer}:${port}/${inner.join('/')}?policy=${policy}` : `${system.url}/watch/${video.embedToken}`)
    let frame: Frame = page.mainFrame()
    for (const _ of hosts) {
      const element = await frame.waitForSelector('#inner', { timeout: 30_000 }).catch(() => null)
      const next = await element?.contentFrame()
      if (!next) return 'nothing'
      frame = next
    }
    await frame.waitForLoadState().catch(() => {})
    if (frame.url().startsWith('chrome-error:')) return 'nothing'
    const shown = await frame.waitForSelector('#player[data-state=ready], #player[data-state=playing], [role=alert]', { timeout: 60_000 }).catch(() => null)
    const said = await shown?.evaluate((node) => (node as HTMLElement).dataset.code ?? (node as HTMLElement).dataset.state ?? '')
    return said === 'ready' || said === 'playing' ? 'player' : (said ?? 'nothing')
  } finally {
    await page.close()
  }
}
const lock = (allowed_domains: string[], allow_no_referrer = false) => api(`/videos/${video.id}`, { method: 'PUT', body: JSON.stringify({ allowed_domains, allow_no_referrer }) })
const DENIED = 'domain_not_allowed'

test('without a list every site may embed it, and it may be visited', async () => {
  await lock([])
  expect([await shownAt(['school.test']), await shownAt(['lms.test', 'school.test']), await shownAt([])]).toEqual(['player', 'player', 'player'])
})

test('a host on the list embeds it; no subdomain, no look-alike, no other port, and no visit without a page', async () => {
  await lock(['school.test:*'])
  expect(await shownAt(['school.test'])).toBe('player')
  for (const host of ['www.school.test', 'evil.test', 'school.test.evil.test', 'evilschool.test', 'xn--school-.test']) expect([host, await shownAt([host])]).toEqual([host, DENIED])
  expect(await shownAt([])).toBe(DENIED)
  await lock([`school.test:${port}`])
  expect(await shownAt(['school.test'])).toBe('player')
  await lock([`school.test:${port - 1}`, 'school.test'])
  expect(await shownAt(['school.test'])).toBe(DENIED)
})

test('a wildcard is every subdomain and not the host itself; a name in another script is the same host', async () => {
  await lock(['*.school.test:*', 'münchen.test:*'])
  expect([await shownAt(['www.school.test']), await shownAt(['a.b.school.test']), await shownAt(['school.test']), await shownAt(['xn--mnchen-3ya.test'])]).toEqual(['player', 'player', DENIED, 'player'])
})

test('every page around the frame counts: an allowed one inside a foreign one shows nothing', async () => {
  await lock(['school.test:*'])
  expect([await shownAt(['evil.test', 'school.test']), await shownAt(['school.test', 'school.test'])]).toEqual(['nothing', 'player'])
  expect(await shownAt(['school.test', 'evil.test'])).toBe(DENIED)
  await lock(['school.test:*', 'lms.test:*'])
  expect(await shownAt(['lms.test', 'school.test'])).toBe('player')
})

test('a page that sends no Referer is refused; where that is allowed, frames are still held to the list', async () => {
  await lock(['school.test:*'])
  expect([await shownAt(['school.test'], 'no-referrer'), await shownAt(['school.test'], 'origin')]).toEqual([DENIED, 'player'])
  await lock(['school.test:*'], true)
  expect([await shownAt(['school.test'], 'no-referrer'), await shownAt(['evil.test'], 'no-referrer')]).toEqual(['player', 'nothing'])
})
