/** Real players in Chromium play what we write, to its end, as one continuous range. */
import { readFileSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchChromium } from '../e2e/browser.ts'
import { clip, h264, picture, sound } from '../transcoder/support.ts'
import { type ClipSite, serveClip } from './clipSite.ts'
import { type EncodedClip, encodeClip, LARGE } from './encodedClip.ts'

const PACKAGES = new URL('../../', import.meta.url)
const PLAYERS = { 'hls.js': 'worker/node_modules/hls.js/dist/hls.min.js', 'shaka.js': 'node_modules/shaka-player/dist/shaka-player.compiled.js' }
const PLAYBACK_RATE = 4
const SECONDS = 9

let browser: Browser
const clips = {} as Record<'locked' | 'large' | 'clear' | 'tones', EncodedClip>

beforeAll(async () => {
  browser = await launchChromium()
  const made = ['-c:a', 'aac', ...h264]
  clips.locked = await encodeClip(clip('plays.mp4', ...picture(SECONDS, '640x360', 25), ...sound(SECONDS), ...made))
  clips.large = await encodeClip(clip('large.mp4', ...picture(SECONDS, '640x360', 25), ...sound(SECONDS), ...made), { coded: LARGE })
  clips.clear = await encodeClip(clip('slow.mp4', ...picture(SECONDS, '640x360', 10), ...sound(SECONDS), ...made), { encrypted: false, codecs: ['h264', 'av1'] })
  const wide = ['-f', 'lavfi', '-i', 'sine=f=300:r=48000:d=6,aformat=channel_layouts=5.1']
  clips.tones = await encodeClip(clip('wide.mkv', ...picture(6, '1280x720', 10), ...wide, ...sound(6), '-map', '0', '-map', '1', '-map', '2', ...h264, '-c:a', 'ac3', '-metadata:s:a:0', 'language=eng', '-metadata:s:a:1', 'language=deu'))
})
afterAll(() => browser?.close())

interface Watched {
  page: Page
  /** Facts of the video element, and what the player complained of. */
  facts(): Promise<{ time: number; duration: number; ended: boolean; ranges: [number, number][]; height: number; frames: number; errors: string[] }>
}

/** A page with a muted video element, `setup` having put a player on it at `source`. */
async function watch(site: ClipSite, player: keyof typeof PLAYERS, source: URL): Promise<Watched> {
  site.scripts.set(player, readFileSync(new URL(PLAYERS[player], PACKAGES)))
  site.page = `<!doctype html><video muted playsinline width="640"></video><script src="/scripts/${player}"></script>`
  const page = await browser.newPage()
  await page.goto(new URL('/', site.master).href)
  await page.evaluate(`(${START[player]})(${JSON.stringify(source.href)})`)
  const facts: Watched['facts'] = () =>
    page.evaluate(() => {
      const video = document.querySelector('video') as HTMLVideoElement
      return {
        time: video.currentTime,
        duration: video.duration,
        ended: video.ended,
        ranges: Array.from({ length: video.buffered.length }, (_, at): [number, number] => [video.buffered.start(at), video.buffered.end(at)]),
        height: video.videoHeight,
        frames: video.getVideoPlaybackQuality().totalVideoFrames,
        errors: (window as unknown as { errors: string[] }).errors,
      }
    })
  return { page, facts }
}

/** Runs in the page. Both keep everything they have played, so that the buffer shows every join at the end. */
const START = {
  'hls.js': `async (source) => {
    window.errors = []
    const hls = (window.player = new Hls({ startPosition: 0, backBufferLength: Infinity, maxBufferLength: 60 }))
    hls.on(Hls.Events.ERROR, (_, { type, details }) => window.errors.push(type + ' ' + details))
    hls.loadSource(source)
    hls.attachMedia(document.querySelector('video'))
  }`,
  'shaka.js': `async (source) => {
    window.errors = []
    shaka.polyfill.installAll()
    const player = (window.player = new shaka.Player())
    player.addEventListener('error', ({ detail }) => window.errors.push('shaka ' + detail.code))
    await player.attach(document.querySelector('video'))
    player.configure({ streaming: { bufferingGoal: 60, bufferBehind: 60 } })
    await player.load(source).catch((error) => window.errors.push('shaka ' + error.code + ' ' + error.data))
  }`,
}

const play = (page: Page) =>
  page.evaluate((rate) => {
    const video = document.querySelector('video') as HTMLVideoElement
    video.playbackRate = rate
    return video.play()
  }, PLAYBACK_RATE)

/** `expected`: complaints that belong to the case. */
async function playToEnd({ page, facts }: Watched, seconds: number, expected: string[] = []) {
  await play(page)
  const complaints = (errors: string[]) => errors.filter((error) => !expected.includes(error))
  await expect.poll(async () => (await facts()).ended || complaints((await facts()).errors).length > 0, { timeout: 60_000 }).toBe(true)
  const end = await facts()
  expect(complaints(end.errors)).toEqual([])
  expect(end.ranges).toHaveLength(1)
  expect(end.ranges[0]![0]).toBeLessThan(0.01)
  expect(Math.abs(end.ranges[0]![1] - seconds)).toBeLessThan(0.1)
  expect(Math.abs(end.time - seconds)).toBeLessThan(0.1)
  return end
}

test.each<[player: keyof typeof PLAYERS, what: string, clip: keyof typeof clips, format: 'hls' | 'dash', seconds: number]>([
  ['hls.js', 'encrypted HLS', 'locked', 'hls', SECONDS],
  ['shaka.js', 'encrypted HLS', 'locked', 'hls', SECONDS],
  ['hls.js', 'picture in segments of two seconds, sound in those of four', 'large', 'hls', SECONDS],
  ['shaka.js', 'picture in segments of two seconds, sound in those of four', 'large', 'hls', SECONDS],
  ['hls.js', 'H.264 and AV1 in the clear', 'clear', 'hls', SECONDS],
  ['shaka.js', 'DASH', 'clear', 'dash', SECONDS],
  ['hls.js', 'two sound groups of two languages', 'tones', 'hls', 6],
  ['shaka.js', 'two sound groups of two languages', 'tones', 'hls', 6],
])('%s plays %s to the end in one buffered range', async (player, _, which, format, seconds) => {
  // hls.js says so of the load it cancels itself when it settles on a sound group.
  const expected = player === 'hls.js' && which === 'tones' ? ['networkError aborted'] : []
  const site = await serveClip(clips[which])
  const watched = await watch(site, player, format === 'hls' ? site.master : site.mpd!)
  const end = await playToEnd(watched, seconds, expected)
  expect(end.height).toBeGreaterThan(0)
  expect(end.frames).toBeGreaterThan(0)
  await watched.page.close()
  site.close()
})

test.each([
  ['four', 'locked', 3],
  ['two', 'large', 1],
] as const)('hls.js follows a growing EVENT playlist of segments of %s seconds from its start to its end without a reload', async (_, which, reached) => {
  const site = await serveClip(clips[which], 'EVENT')
  expect(clips[which].plan.chunks).toHaveLength(2)
  site.committed = 1
  const watched = await watch(site, 'hls.js', site.master)
  await play(watched.page)
  await expect.poll(async () => (await watched.facts()).time, { timeout: 20_000 }).toBeGreaterThan(reached)
  expect((await watched.facts()).ended).toBe(false)
  site.committed = 2
  // Faster than the encode, the viewer waits where the next chunk will be.
  await playToEnd(watched, SECONDS, ['mediaError bufferStalledError'])
  expect(site.requests.filter((path) => path.endsWith('master.m3u8'))).toHaveLength(1)
  await watched.page.close()
  site.close()
})
