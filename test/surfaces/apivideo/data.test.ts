/** The newer analytics, from what viewings add up to; through the official client in e2e/apivideoClients.test.ts. */
import { expect, test } from 'vitest'
import { emptyRollup, type Rollup } from '../../../worker/src/domain/analytics/rollup.ts'
import { DAY_MS } from '../../../worker/src/domain/usage.ts'
import { beacon, flush, freshVideo, reporter, session, tell } from '../../support/audience.ts'
import { encoded } from '../../support/fleet.ts'
import { call, deps, type Tenant, tenant, videoOf } from '../../support/site.ts'
import { api, bodyOf, refusalOf } from './client.ts'

interface Answer {
  context: { metric: string; timeframe: { from: string; to: string } }
  data: number & { dimensionValue: string; emittedAt: string; metricValue: number }[]
  pagination: { itemsTotal: number }
}
const TODAY = Math.floor(Date.now() / DAY_MS)
const iso = (at: number) => new Date(at).toISOString()
const day = (at: number) => `${iso(at * DAY_MS).slice(0, 19)}+00:00`
/** The three days before today. */
const FRAME = `from=${iso((TODAY - 3) * DAY_MS)}&to=${iso(TODAY * DAY_MS)}`
const data = async (mine: Tenant, path: string) => bodyOf<Answer>(api(mine, 'GET', `/data/${path}`))
const number = async (mine: Tenant, path: string) => (await data(mine, `metrics/${path}`)).data
const buckets = async (mine: Tenant, path: string) => (await data(mine, `buckets/${path}`)).data.map(({ dimensionValue, metricValue }) => `${dimensionValue} ${metricValue}`)
const series = async (mine: Tenant, path: string) => (await data(mine, `timeseries/${path}`)).data.map(({ emittedAt, metricValue }) => `${emittedAt} ${metricValue}`)

/** Two videos watched on two days. */
async function watched() {
  const mine = await tenant()
  const [one, two] = [await videoOf(mine), await videoOf(mine)]
  const seen = (edits: Partial<Rollup>): Rollup => ({ ...emptyRollup(), ...edits })
  await deps.commit([
    deps.usage.put({ videoId: one.id, day: TODAY - 3, version: 1, rollup: seen({ views: 3, starts: 4, ends: 1, lasting: { 3: 3, 5: 2 }, playedSeconds: 30, hours: [[7, 1, 10], [9, 2, 20]], countries: { FR: 1, DE: 2 }, devices: { mobile: 3 }, systems: { macOS: 3 }, browsers: { Chrome: 3 } }) }),
    deps.usage.put({ videoId: one.id, day: TODAY - 1, version: 1, rollup: seen({ views: 1, starts: 1, playedSeconds: 5, hours: [[0, 1, 5]], countries: { US: 1 }, devices: { desktop: 1 }, systems: { Linux: 1 }, browsers: { Firefox: 1 } }) }),
    deps.usage.put({ videoId: two.id, day: TODAY - 3, version: 1, rollup: seen({ views: 5, starts: 5, ends: 5, lasting: { 3: 5, 5: 5 }, playedSeconds: 50, hours: [[9, 5, 50]], countries: { FR: 5 }, devices: { tablet: 5 }, systems: { Windows: 5 }, browsers: { Chrome: 5 } }) }),
  ])
  return { mine, one, two, first: `vi${one.id.slice(4)}`, second: `vi${two.id.slice(4)}` }
}

test('one number over a time: plays by the hour, starts, ends and views by the day, and time watched', async () => {
  const { mine, first } = await watched()
  const whole = await data(mine, `metrics/play/count?${FRAME}`)
  expect(whole).toEqual({ context: { metric: 'play', aggregation: 'count', timeframe: { from: day(TODAY - 3), to: day(TODAY) } }, data: 9 })
  const hours = `from=${iso((TODAY - 3) * DAY_MS + 8.5 * 3_600_000)}&to=${iso((TODAY - 3) * DAY_MS + 9.5 * 3_600_000)}`
  expect(await data(mine, `metrics/play/count?${hours}`)).toMatchObject({ data: 7, context: { timeframe: { from: `${iso((TODAY - 3) * DAY_MS).slice(0, 11)}08:00:00+00:00`, to: `${iso((TODAY - 3) * DAY_MS).slice(0, 11)}10:00:00+00:00` } } })
  expect(await Promise.all(['start/count', 'end/count', 'view/count', 'watch-time/sum', 'play/total'].map((path) => number(mine, `${path}?${FRAME}`)))).toEqual([10, 6, 7, 85, 9])
  expect(await number(mine, `view/count?${FRAME}&viewDuration=3s`)).toBe(8)
  expect(await number(mine, `watch-time/average?${FRAME}`)).toBeCloseTo(85 / 9)
  expect(await number(mine, `play/count?${FRAME}&filterBy[mediaId][0]=${first}&filterBy[mediaType]=video`)).toBe(4)
  expect(await number(mine, `play/total?filterBy[mediaId][0]=${first}`)).toBe(4)
  expect(await number(mine, `play/count?${FRAME}&filterBy[country][0]=FR&filterBy[country][1]=US`)).toBe(7)
  expect(await number(mine, `play/count?${FRAME}&filterBy[deviceType][0]=computer`)).toBe(1)
  expect(await number(mine, `play/count?${FRAME}&filterBy[mediaType]=live-stream`)).toBe(0)
  // Without a time it is the last day.
  expect(await number(mine, 'play/count')).toBeLessThanOrEqual(1)
})

test('broken down by what viewings have in common and by video; sorted, paged', async () => {
  const { mine, first, second } = await watched()
  expect(await buckets(mine, `play/country?${FRAME}`)).toEqual(['FR 6', 'DE 2', 'US 1'])
  expect(await buckets(mine, `play/country?${FRAME}&sortBy=dimensionValue&sortOrder=asc&pageSize=2`)).toEqual(['DE 2', 'FR 6'])
  expect(await buckets(mine, `play/continent?${FRAME}`)).toEqual(['EU 8', 'NA 1'])
  expect(await buckets(mine, `play/device-type?${FRAME}`)).toEqual(['tablet 5', 'phone 3', 'computer 1'])
  expect(await buckets(mine, `play/operating-system?${FRAME}`)).toEqual(['windows 5', 'mac osx 3', 'linux 1'])
  expect(await buckets(mine, `play/browser?${FRAME}&filterBy[mediaId][]=${first}`)).toEqual(['chrome 3', 'firefox 1'])
  expect(await buckets(mine, `play/media-id?${FRAME}`)).toEqual([`${second} 5`, `${first} 4`])
  expect(await buckets(mine, `end/media-id?${FRAME}`)).toEqual([`${second} 5`, `${first} 1`])
  expect(await buckets(mine, `start/media-type?${FRAME}`)).toEqual(['video 10'])
  expect((await data(mine, `buckets/play/country?${FRAME}&pageSize=1`)).pagination).toMatchObject({ itemsTotal: 3, pagesTotal: 3 })
  const plays = await bodyOf<{ data: unknown }>(api(mine, 'GET', `/analytics/videos/plays?from=${iso((TODAY - 3) * DAY_MS).slice(0, 10)}&dimension=videoId`))
  expect(plays.data).toEqual([{ value: second, plays: 5 }, { value: first, plays: 4 }])
})

test('over time by hour and by day', async () => {
  const { mine, second } = await watched()
  const at = (days: number, hour: number) => `${iso((TODAY - days) * DAY_MS).slice(0, 11)}${String(hour).padStart(2, '0')}:00:00+00:00`
  expect(await series(mine, `play?${FRAME}`)).toEqual([`${at(3, 7)} 1`, `${at(3, 9)} 7`, `${at(1, 0)} 1`])
  expect(await series(mine, `play?${FRAME}&interval=day&sortOrder=desc`)).toEqual([`${at(1, 0)} 1`, `${at(3, 0)} 8`])
  expect(await series(mine, `end?${FRAME}&interval=day`)).toEqual([`${at(3, 0)} 6`])
  expect(await series(mine, `play?${FRAME}&sortBy=metricValue&sortOrder=desc&pageSize=1&filterBy[mediaId][0]=${second}`)).toEqual([`${at(3, 9)} 5`])
})

test('natively the same: starts, ends and how long viewings last, and the videos by who watched them', async () => {
  const { mine, one, two } = await watched()
  const days = `from=${iso((TODAY - 3) * DAY_MS).slice(0, 10)}&to=${iso(TODAY * DAY_MS).slice(0, 10)}`
  const { period } = await bodyOf<{ period: object }>(call(`/api/v1/stats?${days}`, { key: mine.key }))
  expect(period).toMatchObject({ views: 9, starts: 10, ends: 6, lasting: [{ seconds: 3, viewings: 8 }, { seconds: 5, viewings: 7 }, { seconds: 10, viewings: 0 }, { seconds: 30, viewings: 0 }] })
  const videos = (query: string) => bodyOf<{ data: { video_id: string }[]; total: number }>(call(`/api/v1/stats/videos?${days}${query}`, { key: mine.key }))
  expect(await videos('')).toMatchObject({ total: 2, data: [{ video_id: two.id, views: 5, starts: 5, ends: 5, minutes_watched: 0.83 }, { video_id: one.id, views: 4, starts: 5, ends: 1, minutes_watched: 0.58 }] })
  expect((await videos('&sort=minutes_watched&per_page=1')).data.map(({ video_id }) => video_id)).toEqual([one.id])
})

test('what players tell is counted: a start once however short, an end each time, and how long it lasted', async () => {
  const mine = await tenant()
  const made = await encoded(mine, true)
  const [id, reportOf] = [await freshVideo(mine, made), reporter(made)]
  const glance = session()
  await tell(reportOf(id, glance, { watched: [[0, 1]], played: 1 }), reportOf(id, glance, { watched: [[0, 1.2]], played: 1.2 }))
  await tell(reportOf(id, session(), { ...beacon({ watched: [[0, 20]], played: 40 }), events: [['ready', 0, 0], ['play', 10, 0], ['end', 20_000, 20], ['play', 21_000, 0], ['end', 41_000, 20]] }))
  // Of another player, which tells of events alone.
  await tell(reportOf(id, session(), { watched: [], played: 0, startup_ms: null, renditions: {}, events: [['ready', 0, 0], ['play', 5, 0]] }, { eventsAlone: true }))
  await tell(reportOf(id, session(), { watched: [], played: 0, startup_ms: null, renditions: {}, events: [['ready', 0, 0]] }, { eventsAlone: true }))
  await flush(id)
  const frame = `from=${iso((TODAY - 2) * DAY_MS)}&to=${iso((TODAY + 1) * DAY_MS)}&filterBy[mediaId][0]=vi${id.slice(4)}`
  expect(await Promise.all(['start/count', 'end/count', 'play/count', 'view/count'].map((path) => number(mine, `${path}?${frame}`)))).toEqual([3, 2, 1, 1])
  expect(await number(mine, `view/count?${frame}&viewDuration=30s`)).toBe(1)
})

test('what there is none of is refused by name, what is not kept is planned, and another account’s viewings are not there', async () => {
  const { mine, first } = await watched()
  for (const path of ['metrics/play/average', 'metrics/play/count?from=March', `metrics/play/count?from=${iso((TODAY - 40) * DAY_MS)}`, `metrics/play/count?from=${iso(Date.now())}&to=${iso(Date.now() - 1)}`, 'metrics/play/count?filterBy[colour]=red', 'metrics/play/count?filterBy=x', 'metrics/play/count?filterBy[mediaType]=film', 'buckets/play-total/country', 'timeseries/play?interval=year', 'timeseries/play-total', 'metrics/play/total?filterBy[country][0]=FR']) {
    expect([path, ...(await refusalOf(api(mine, 'GET', `/data/${path}`)))]).toEqual([path, 400, 'invalid-query-parameter'])
  }
  for (const path of ['metrics/nothing/count', 'metrics/play/nothing', 'buckets/play/nothing', 'timeseries/nothing']) expect([path, ...(await refusalOf(api(mine, 'GET', `/data/${path}`)))]).toEqual([path, 404, 'resource-not-found'])
  for (const path of ['metrics/impression/count', 'metrics/impression-time/sum', 'metrics/play/rate', 'metrics/ccv/peak', 'metrics/view/count?unique=true', 'buckets/play/referrer', 'buckets/start/country', 'buckets/play-total/media-id', 'timeseries/play?interval=minute', 'timeseries/end', 'metrics/play/count?filterBy[tag]=maths', 'metrics/play/count?filterBy[country][0]=FR&filterBy[browser][0]=chrome']) {
    expect([path, (await api(mine, 'GET', `/data/${path}`)).status]).toEqual([path, 501])
  }
  const other = await tenant()
  expect([await number(other, `play/count?${FRAME}`), await number(other, `play/count?${FRAME}&filterBy[mediaId][0]=${first}`), await number(other, `play/total?filterBy[mediaId][0]=${first}`)]).toEqual([0, 0, 0])
  expect(await buckets(other, `play/media-id?${FRAME}`)).toEqual([])
})
