import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ViewingEvent } from '@avocet/shared/beacon'
import { clientOf } from './client.ts'
import { deviceOf } from './device.ts'
import { mergeEvents, watchedIn } from './events.ts'
import { byBucket, periodOf } from './period.ts'
import { addViewing, emptyRollup, mergeRollups } from './rollup.ts'
import { clip, slotsOf, type Stretches, total, union } from './stretches.ts'
import { addUnique, countUniques, mergeUniques } from './uniques.ts'
import { advance, NO_VIEWING, type PlaybackReport, type Viewing } from './viewing.ts'

const stretches = fc.array(fc.tuple(fc.integer({ min: -50, max: 250 }), fc.integer({ min: -50, max: 250 })), { maxLength: 12 }) as fc.Arbitrary<Stretches>
const facts = { durationSeconds: 200, rates: { 360: 1000 } }

test('what is watched in any order and however often is the same set of seconds', () => {
  fc.assert(
    fc.property(stretches, stretches, (a, b) => {
      const seconds = new Set([...a, ...b].flatMap(([from, to]) => Array.from({ length: Math.max(0, to - from) }, (_, at) => from + at)))
      expect(total(union(a, b))).toBe(seconds.size)
      expect(union(union(a, b), a)).toEqual(union(b, a))
      expect(total(clip(a, 200))).toBeLessThanOrEqual(200)
    }),
  )
})

test('a hundredth of the video is watched when half of it is', () => {
  const touched = (from: number, to: number) => slotsOf([[from, to]], 200, 100).flatMap((yes, slot) => (yes ? [slot] : []))
  expect([touched(0, 0.9), touched(0, 1), touched(1, 4), touched(0, 200).length]).toEqual([[], [0], [0, 1], 100])
})

test('unique viewers: exact up to 1,024, within 10 % beyond, and days taken together are the whole', () => {
  let [seed, all, early, late] = [1, '', '', '']
  const hash = () => {
    // xorshift: the hashes only have to be uniform.
    let text = ''
    while (text.length < 16) {
      seed ^= seed << 13
      seed ^= seed >>> 17
      seed ^= seed << 5
      text += (seed >>> 0).toString(16).padStart(8, '0')
    }
    return text
  }
  for (let at = 1; at <= 6000; at++) {
    const one = hash()
    all = addUnique(addUnique(all, one), one)
    if (at <= 4000) early = addUnique(early, one)
    if (at >= 2000) late = addUnique(late, one)
    if (at === 1000) expect(countUniques(all)).toBe(1000)
  }
  expect(mergeUniques(early, late)).toBe(all)
  expect(Math.abs(countUniques(all) / 6000 - 1)).toBeLessThan(0.1)
})

const beacon = fc.record({
  watched: stretches,
  played: fc.integer({ min: 0, max: 300 }),
  startup_ms: fc.option(fc.integer({ min: 0, max: 30_000 })),
  stalls: fc.integer({ min: 0, max: 9 }),
  stalled_ms: fc.integer({ min: 0, max: 9_000 }),
  errors: fc.array(fc.constantFrom('network', 'media'), { maxLength: 3 }),
  renditions: fc.constantFrom({ 360: 5 }, { 360: 50, 1080: 5 }, {}),
  events: fc.constantFrom<ViewingEvent[]>([], [['play', 5, 0]], [['play', 5, 0], ['end', 900, 9], ['end', 1_900, 9]]),
  referrer: fc.constant(''),
  metadata: fc.constant([]),
})

test('whatever beacons come in whatever order and number, the sums are those of the viewing they end in', () => {
  fc.assert(
    fc.property(fc.array(beacon, { minLength: 1, maxLength: 8 }), (beacons) => {
      const rollup = emptyRollup()
      let viewing: Viewing = NO_VIEWING
      for (const one of [...beacons, ...beacons]) {
        const report = { beacon: one, country: null, device: 'other', client: clientOf(''), viewer: 'a'.repeat(16) } as PlaybackReport
        const next = advance(viewing, one, facts, 1_000_000)
        if (!next) continue
        addViewing(rollup, viewing, next, facts, report, 3)
        viewing = next
      }
      const sum = (counts: Record<string, number> | number[]) => Object.values(counts).reduce((all, one) => all + one, 0)
      expect(rollup.views).toBe(viewing.viewed ? 1 : 0)
      expect(sum(rollup.completions)).toBe(rollup.views)
      expect(rollup.completions.every((bin) => bin >= 0)).toBe(true)
      expect(rollup.playedSeconds).toBe(viewing.viewed ? viewing.playedSeconds : 0)
      expect(rollup.heat.map(Boolean)).toEqual(viewing.viewed ? slotsOf(viewing.stretches, 200, 100) : Array(100).fill(false))
      expect([rollup.stalls, rollup.stalledMs, sum(rollup.errors), sum(rollup.startups)]).toEqual([viewing.stalls, viewing.stalledMs, viewing.errors, viewing.startupMs === null ? 0 : 1])
      expect([rollup.starts, rollup.ends]).toEqual([viewing.started ? 1 : 0, viewing.ends])
      expect(rollup.lasting).toEqual(Object.fromEntries([3, 5, 10, 30].filter((seconds) => viewing.playedSeconds >= seconds).map((seconds) => [seconds, 1])))
      expect(mergeRollups([rollup, emptyRollup()])).toEqual({ ...rollup, hours: [] })
    }),
  )
})

test('nobody watches more than time allows', () => {
  const of = (played: number, to: number, elapsedMs: number) => advance(NO_VIEWING, { watched: [[0, to]], played, startup_ms: null, stalls: 0, stalled_ms: 0, errors: [], renditions: {}, events: [], referrer: '', metadata: [] }, facts, elapsedMs)
  expect([of(25, 25, 10_000), of(26, 5, 10_000), of(5, 26, 10_000), of(1, 1, -60_000)].map((viewing) => viewing !== null)).toEqual([true, false, false, false])
})

test.each([
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0', 'desktop'],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Mobile/15E148 Safari/604.1', 'mobile'],
  ['Mozilla/5.0 (Linux; Android 16; Pixel 10) Chrome/142.0 Mobile Safari/537.36', 'mobile'],
  ['Mozilla/5.0 (Linux; Android 15; SM-X910) Chrome/142.0 Safari/537.36', 'tablet'],
  ['Mozilla/5.0 (SMART-TV; Linux; Tizen 8.0) AppleWebKit/538.1', 'tv'],
  ['curl/8.9', 'other'],
])('%s is a %s', (agent, device) => expect(deviceOf(agent)).toBe(device))

test.each([
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0', 'Windows 10.0', 'Edge 142'],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15', 'macOS 10.15', 'Safari 19'],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/142.0 Mobile/15E148 Safari/604.1', 'iOS 19', 'Chrome 142'],
  ['Mozilla/5.0 (Linux; Android 16; SM-S931B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/29.0 Chrome/136.0.0.0 Mobile Safari/537.36', 'Android 16', 'Samsung Internet 29'],
  ['Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 OPR/126.0', 'ChromeOS ', 'Opera 126'],
  ['curl/8.9', ' ', ' '],
])('%s runs on %s in %s', (agent, system, program) => {
  const { os, browser } = clientOf(agent)
  expect([`${os.name} ${os.version}`, `${browser.name} ${browser.version}`]).toEqual([system, program])
})

test('events are kept once, in order, at most 100 with the newest last; what lies between playing and stopping was watched', () => {
  const said: ViewingEvent[] = [['play', 0, 0], ['seek.forward', 3_000, 3, 10], ['pause', 5_000, 12], ['resume', 9_000, 12], ['seek.backward', 10_000, 13, 0], ['end', 14_000, 4]]
  expect(mergeEvents(said.slice(2), said.slice(0, 4))).toEqual(said)
  expect(watchedIn(said)).toEqual({ watched: [[0, 4], [10, 13]], playedSeconds: 10 })
  expect(watchedIn([['pause', 1, 5], ['seek.forward', 2, 5, 9], ['end', 3, 12]])).toEqual({ watched: [], playedSeconds: 0 })
  const many = mergeEvents(said, Array.from({ length: 150 }, (_, at): ViewingEvent => ['resume', 20_000 + at, 1]))
  expect([many.length, many[0], many.at(-1)]).toEqual([100, said[0], ['resume', 20_149, 1]])
})

test('a period is days in UTC, both counted in; months begin on their first', () => {
  const now = Date.UTC(2026, 10, 21, 23)
  expect(periodOf({ bucket: 'day' }, now)).toEqual({ from: 20_778 - 27, to: 20_778 })
  expect(periodOf({ bucket: 'hour' }, now)).toEqual({ from: 20_778 - 13, to: 20_778 })
  const point = (at: number) => ({ at, views: 1, playedSeconds: 2, bytes: 3 })
  expect(byBucket([point(Date.UTC(2026, 10, 1)), point(Date.UTC(2026, 10, 30)), point(Date.UTC(2026, 9, 31))], 'month')).toEqual([
    { at: Date.UTC(2026, 9, 1), views: 1, playedSeconds: 2, bytes: 3 },
    { at: Date.UTC(2026, 10, 1), views: 2, playedSeconds: 4, bytes: 6 },
  ])
})
