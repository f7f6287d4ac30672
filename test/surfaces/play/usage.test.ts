import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, expect, test } from 'vitest'
import type { Id } from '../../../shared/src/ids.ts'
import { emptyRollup } from '../../../worker/src/domain/analytics/rollup.ts'
import { takeTelemetry } from '../../../worker/src/domain/analytics/takeTelemetry.ts'
import type { Env } from '../../../worker/src/env.ts'
import { audience, beacon, DAY, type Encoded, flush, freshVideo, HOUR, NOON, reporter, session, statsOf, tell } from '../../support/audience.ts'
import { encoded } from '../../support/fleet.ts'
import { call, deps, post, type Tenant, tenant } from '../../support/site.ts'

const { DB } = env as unknown as Env
let mine: Tenant
let made: Encoded
let reportOf: ReturnType<typeof reporter>
const fresh = () => freshVideo(mine, made)

beforeAll(async () => {
  mine = await tenant()
  made = await encoded(mine, true)
  reportOf = reporter(made)
})

interface AccountStats {
  period: { views: number; egress_bytes: number }
}

test('what is told once, twice, late and out of order counts once', async () => {
  const id = await fresh()
  const one = session()
  const parts = [reportOf(id, one, { watched: [[0, 4]], played: 4, renditions: { 360: 4 } }), reportOf(id, one), reportOf(id, one, { watched: [[0, 10], [15, 20]], played: 15, renditions: { 360: 15 } })]
  await tell(parts[0]!, parts[1]!)
  await tell(parts[1]!, parts[0]!)
  await tell(...parts, ...parts)
  await evictDurableObject(audience(id))
  await tell(parts[2]!, parts[0]!)
  const { views, period } = await statsOf(mine, id)
  expect([views, period.views, period.minutes_watched, period.unique_viewers]).toEqual([1, 1, 0.25, 1])
  expect(period.completions).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0])
  expect(period.heat.map((count, at) => (count ? at : -1)).filter((at) => at >= 0)).toEqual([...Array(50).keys(), ...Array.from({ length: 25 }, (_, at) => 75 + at)])
  expect(period.egress_bytes).toBe(15 * 50_000)
})

test('a view is two seconds watched, once a session; watching again adds time but no completion', async () => {
  const id = await fresh()
  const [glance, again] = [session(), session()]
  await tell(reportOf(id, glance, { watched: [[0, 1.8]], played: 1.8 }))
  expect((await statsOf(mine, id)).period.views).toBe(0)
  await tell(reportOf(id, again, { watched: [[0, 2]], played: 2 }), reportOf(id, again, { watched: [[0, 2]], played: 12 }))
  const { period } = await statsOf(mine, id)
  expect([period.views, period.minutes_watched, period.average_completion]).toEqual([1, 0.2, 0.15])
  expect(period.heat.slice(0, 11)).toEqual([...Array(10).fill(1), 0])
})

test('a renewed token goes on with its session; another session of the same viewer is another view, not another viewer', async () => {
  const id = await fresh()
  const viewer = 'a1'.repeat(8)
  await tell(reportOf(id, session(), {}, { viewer }), reportOf(id, session(), {}, { viewer }), reportOf(id, session()))
  const { period } = await statsOf(mine, id)
  expect([period.views, period.unique_viewers]).toEqual([3, 2])
})

test('beacons that cannot be true change nothing', async () => {
  const id = await fresh()
  const justOpened = session(NOON + 59_000)
  await tell(
    // Opened a second ago: nobody has watched 20 s of it.
    reportOf(id, justOpened, { watched: [[0, 20]], played: 20 }),
    reportOf(id, justOpened, { watched: [[0, 1]], played: 999_999 }),
    reportOf(id, justOpened, { watched: [], played: 0, stalled_ms: 900_000_000 }),
    // Opened in the future.
    reportOf(id, session(NOON + 24 * HOUR)),
    // Played, but nothing watched: a session of a video that shows nothing.
    reportOf(id, session(), { watched: [], played: 10 }),
    reportOf(id, session(), { watched: [[500, 900]], played: 10 }),
    reportOf(id, session(), { watched: [[9, 3]], played: 10 }),
    // An encode that never was.
    reportOf(id, session(), {}, { encodeId: deps.newId('encode') }),
  )
  await takeTelemetry(deps, [{ type: 'playback', report: reportOf(id, 'not-a-session' as Id<'session'>) }])
  const { views, period } = await statsOf(mine, id)
  expect([views, period.views, period.minutes_watched, period.heat.some(Boolean), period.egress_bytes]).toEqual([0, 0, 0, false, 0])
})

test('what lies outside the video, heights it has not and time never passed are left out of what is counted', async () => {
  const id = await fresh()
  await tell(reportOf(id, session(), { watched: [[0, 5], [19, 4000]], played: 6, renditions: { 360: 900_000, 4320: 5 } }))
  const { period } = await statsOf(mine, id)
  expect(period).toMatchObject({ views: 1, minutes_watched: 0.1, egress_bytes: 6 * 50_000, average_completion: 0.35 })
  expect(period.quality.renditions).toEqual([{ height: 360, share: 1 }])
})

test('quality: start-up, standing still, errors and renditions; countries and devices', async () => {
  const id = await fresh()
  await tell(
    reportOf(id, session(), { startup_ms: 300, renditions: { 360: 5, 240: 5 } }),
    reportOf(id, session(), { startup_ms: 4_000, stalls: 2, stalled_ms: 5_000 }, { country: 'DE', device: 'mobile' }),
    reportOf(id, session(), { watched: [], played: 0, startup_ms: null, errors: ['network'], renditions: {} }, { country: null }),
  )
  const { period } = await statsOf(mine, id)
  expect(period).toMatchObject({
    views: 2,
    countries: [{ country: 'DE', views: 1 }, { country: 'NL', views: 1 }],
    devices: [{ device: 'desktop', views: 1 }, { device: 'mobile', views: 1 }],
    systems: [{ os: 'Linux', views: 2 }],
    browsers: [{ browser: 'Firefox', views: 2 }],
    quality: {
      startup_ms: { p50: 500, p95: 5000 },
      rebuffer_ratio: 0.2,
      stalls: 2,
      errors: [{ code: 'network', count: 1 }],
      renditions: [{ height: 360, share: 0.75 }, { height: 240, share: 0.25 }],
    },
  })
})

test('how far each named viewer came: the union of all their sessions', async () => {
  const id = await fresh()
  await tell(
    reportOf(id, session(), { watched: [[0, 10]], played: 10 }, { viewerId: 'student-7' }),
    reportOf(id, session(), { watched: [[5, 20]], played: 15 }, { viewerId: 'student-7', at: NOON + 120_000 }),
    reportOf(id, session(), { watched: [[0, 5]], played: 15 }, { viewerId: 'student-8' }),
    reportOf(id, session()),
  )
  const { data, total } = await (await call(`/api/v1/videos/${id}/viewers`, { key: mine.key })).json<{ data: object[]; total: number }>()
  const at = (ms: number) => new Date(NOON + ms).toISOString()
  expect([total, data]).toEqual([2, [
    { viewer_id: 'student-7', completion: 1, minutes_watched: 0.42, views: 2, first_viewed_at: at(60_000), last_viewed_at: at(120_000) },
    { viewer_id: 'student-8', completion: 0.25, minutes_watched: 0.25, views: 1, first_viewed_at: at(60_000), last_viewed_at: at(60_000) },
  ]])
})

test('by hour, day and month, and as CSV; the account’s sums follow, a deleted video’s too', async () => {
  const owner = mine
  const before = await (await call(`/api/v1/stats?from=${DAY}&to=${DAY}`, { key: owner.key })).json<AccountStats>()
  const id = await fresh()
  await tell(reportOf(id, session()), reportOf(id, session(NOON - 2 * HOUR), {}, { at: NOON - 2 * HOUR + 60_000 }), reportOf(id, session(NOON - 24 * HOUR), {}, { at: NOON - 24 * HOUR + 60_000 }))
  const dayBefore = new Date(NOON - 24 * HOUR).toISOString().slice(0, 10)
  const series = async (bucket: string) => ((await statsOf(mine, id, `from=${dayBefore}&to=${DAY}&bucket=${bucket}`)).period.series as { at: string; views: number }[]).map(({ at, views }) => [at, views])
  expect(await series('day')).toEqual([[`${dayBefore}T00:00:00.000Z`, 1], [`${DAY}T00:00:00.000Z`, 2]])
  expect(await series('hour')).toEqual([[`${dayBefore}T12:00:00.000Z`, 1], [`${DAY}T10:00:00.000Z`, 1], [`${DAY}T12:00:00.000Z`, 1]])
  expect((await series('month')).reduce((sum, [, views]) => sum + Number(views), 0)).toBe(3)
  const csv = await call(`/api/v1/videos/${id}/stats.csv?from=${DAY}&to=${DAY}`, { key: owner.key })
  expect([csv.headers.get('Content-Type'), await csv.text()]).toEqual(['text/csv; charset=utf-8', `at,views,minutes_watched,egress_bytes\r\n${DAY}T00:00:00.000Z,2,0.33,1000000\r\n`])
  expect((await call(`/api/v1/videos/${id}`, { key: owner.key, method: 'DELETE' })).status).toBe(204)
  await deps.commit([deps.videos.remove(id)])
  const after = await (await call(`/api/v1/stats?from=${DAY}&to=${DAY}`, { key: owner.key })).json<AccountStats>()
  expect([after.period.views - before.period.views, after.period.egress_bytes - before.period.egress_bytes]).toEqual([2, 1_000_000])
  const whole = await call(`/api/v1/stats.csv?from=${DAY}&to=${DAY}&bucket=month`, { key: owner.key })
  expect((await whole.text()).split('\r\n')[1]?.split(',').slice(0, 2)).toEqual([`${DAY.slice(0, 8)}01T00:00:00.000Z`, String(after.period.views)])
  await tell(reportOf(id, session()))
  await flush(id)
  expect(await DB.prepare('SELECT count(*) AS rows FROM usage_days WHERE video_id = ?').bind(id).first()).toEqual({ rows: 0 })
  for (const wrong of ['from=2026-02-30', 'from=2020-01-01', `from=${DAY}&to=${dayBefore}`, 'bucket=week', `from=2026-01-01&to=${DAY}&bucket=hour`]) {
    expect([wrong, (await call(`/api/v1/videos/${made.video.id}/stats?${wrong}`, { key: owner.key })).status]).toEqual([wrong, 400])
  }
})

test('an account knows countries, devices, quality and completion of all its videos, as they grow and after they are gone; by hour; as CSV', async () => {
  const owner = await tenant()
  const own = await encoded(owner, true)
  const report = reporter(own)
  const [one, two] = [await freshVideo(owner, own), await freshVideo(owner, own)]
  const period = async (query = '') => (await (await call(`/api/v1/stats?from=${DAY}&to=${DAY}${query}`, { key: owner.key })).json<{ period: Record<string, unknown> }>()).period
  const growing = session()
  await tell(report(one, growing, { watched: [[0, 2]], played: 2, renditions: { 360: 2 }, errors: ['network'] }), report(two, session(NOON - HOUR), { startup_ms: 4_000, stalls: 1, stalled_ms: 1_000 }, { country: 'DE', device: 'mobile', at: NOON - HOUR + 60_000 }))
  await flush(one)
  await flush(two)
  expect(await period()).toMatchObject({ views: 2, minutes_watched: 0.2, completions: [0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0], quality: { stalls: 1, rebuffer_ratio: 0.0769, errors: [{ code: 'network', count: 1 }] } })
  // Told further: the same view, at another completion, in another rendition.
  await tell(report(one, growing, { watched: [[0, 20]], played: 20, renditions: { 360: 2, 240: 18 }, errors: ['network'] }))
  await flush(one)
  expect((await call(`/api/v1/videos/${two}`, { key: owner.key, method: 'DELETE' })).status).toBe(204)
  await deps.commit([deps.videos.remove(two)])
  const { series, ...told } = await period()
  expect(told).toEqual({
    from: DAY, to: DAY, views: 2, starts: 2, ends: 0, lasting: [{ seconds: 3, viewings: 2 }, { seconds: 5, viewings: 2 }, { seconds: 10, viewings: 2 }, { seconds: 30, viewings: 0 }], minutes_watched: 0.5, egress_bytes: expect.any(Number), average_completion: 0.775, completions: [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
    countries: [{ country: 'DE', views: 1 }, { country: 'NL', views: 1 }],
    devices: [{ device: 'desktop', views: 1 }, { device: 'mobile', views: 1 }],
    systems: [{ os: 'Linux', views: 2 }], browsers: [{ browser: 'Firefox', views: 2 }],
    quality: { startup_ms: { p50: 500, p95: 5000 }, rebuffer_ratio: 0.0323, stalls: 1, errors: [{ code: 'network', count: 1 }], renditions: [{ height: 240, share: 0.6 }, { height: 360, share: 0.4 }] },
  })
  expect(series).toEqual([{ at: `${DAY}T00:00:00.000Z`, views: 2, minutes_watched: 0.5, egress_bytes: told.egress_bytes }])
  expect(((await period('&bucket=hour')).series as { at: string; views: number; minutes_watched: number }[]).map(({ at, views, minutes_watched }) => [at.slice(11, 13), views, minutes_watched])).toEqual([['11', 1, 0.17], ['12', 1, 0.33]])
  const csv = async (table: string, of = '/api/v1') => (await call(`${of}/stats.csv?from=${DAY}&to=${DAY}&table=${table}`, { key: owner.key })).text()
  expect(await csv('countries')).toBe('country,views\r\nDE,1\r\nNL,1\r\n')
  expect(await csv('renditions', `/api/v1/videos/${one}`)).toBe('height,share\r\n240,0.9\r\n360,0.1\r\n')
  expect(await csv('errors')).toBe('code,count\r\nnetwork,1\r\n')
  expect((await call(`/api/v1/stats.csv?table=viewers`, { key: owner.key })).status).toBe(400)
  // What another account has is another's.
  expect((await (await call(`/api/v1/stats?from=${DAY}&to=${DAY}`, { key: (await tenant()).key })).json<AccountStats>()).period.views).toBe(0)
})

test('names of errors from players do not make an account’s day grow without end', async () => {
  const owner = await tenant()
  const own = await encoded(owner, true)
  const id = await freshVideo(owner, own)
  const day = Math.floor(NOON / 86_400_000)
  const errors = (from: number) => Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`e${from + at}`, 1]))
  await deps.commit([deps.usage.put({ videoId: id, day, version: 1, rollup: { ...emptyRollup(), views: 5, errors: { ...errors(0), often: 7 } } })])
  await deps.commit([deps.usage.put({ videoId: await freshVideo(owner, own), day, version: 1, rollup: { ...emptyRollup(), views: 5, errors: errors(300) } })])
  await deps.commit([deps.usage.put({ videoId: id, day, version: 2, rollup: { ...emptyRollup(), views: 6, errors: { often: 8 } } })])
  const [kept] = await deps.usage.ofAccount(owner.accountId, day, day)
  expect([kept?.rollup.views, kept?.rollup.errors.often, Object.keys(kept?.rollup.errors ?? {}).length]).toEqual([11, 8, expect.any(Number)])
  expect(Object.keys(kept?.rollup.errors ?? {}).length).toBeLessThanOrEqual(300)
})

test('however many beacons come, D1 gets one row of a video and day, and no older state over a newer', async () => {
  const id = await fresh()
  for (let batch = 0; batch < 3; batch++) await tell(...Array.from({ length: 100 }, () => reportOf(id, session())))
  // However many batches came since, none has written: the alarm does, once.
  expect(await DB.prepare('SELECT count(*) AS rows FROM usage_days WHERE video_id = ?').bind(id).first()).toEqual({ rows: 0 })
  const { period } = await statsOf(mine, id)
  expect([period.views, period.unique_viewers]).toEqual([300, 300])
  const row = await DB.prepare('SELECT version, views FROM usage_days WHERE video_id = ?').bind(id).all()
  expect(row.results).toEqual([{ version: 3, views: 300 }])
  const [day] = await deps.usage.ofVideo(mine.accountId, id, 0, 1e6)
  await deps.commit([deps.usage.put({ videoId: id, day: day!.day, version: 2, rollup: { ...day!.rollup, views: 1 } })])
  expect((await deps.videos.find(mine.accountId, id))?.views).toBe(300)
})

test('from the player’s beacon to the numbers, by the queue; what is no beacon is refused', async () => {
  const { embed_token } = await (await post('/api/v1/embed-token', { video_id: made.video.id, viewer_id: 'student-9' }, { key: mine.key })).json<{ embed_token: string }>()
  const { playlist_token } = await (await post(`/api/stream/${embed_token}/token`, {})).json<{ playlist_token: string }>()
  const send = (body: string, token = playlist_token) => call(`/p/${token}/beacon`, { method: 'POST', body })
  const good = JSON.stringify(beacon({ watched: [[0, 3]], played: 3 }))
  expect((await send(good)).status).toBe(204)
  expect((await send(good)).status).toBe(204)
  expect((await send(good, `${playlist_token.slice(0, -4)}AAAA`)).status).toBe(401)
  const bad = [beacon({ watched: Array(101).fill([0, 1]) }), beacon({ played: -1 }), beacon({ played: 1e9 }), beacon({ errors: ['<script>'] }), beacon({ renditions: { __proto__x: 1 } }), { ...beacon(), extra: 1 }, null, 'x'.repeat(9_000)]
  for (const body of bad) expect([400, 413]).toContain((await send(JSON.stringify(body))).status)
  await expect.poll(async () => (await deps.audiences.viewers(made.video.id, { offset: 0, limit: 10 })).items.map(({ viewerId, views }) => [viewerId, views]), { timeout: 20_000, interval: 500 }).toEqual([['student-9', 1]])
})

test('a viewer without a name is a keyed hash: the same again, another by address, browser or video, and one for a whole IPv6 network', async () => {
  const of = (scope: string, ip: string, userAgent = 'Firefox') => deps.telemetry.pseudonym(scope, ip, userAgent)
  expect(await of('a', '192.0.2.1')).toMatch(/^[0-9a-f]{16}$/)
  expect(await of('a', '192.0.2.1')).toBe(await of('a', '192.0.2.1'))
  expect(await of('a', '2001:db8:1:2:3::4')).toBe(await of('a', '2001:db8:1:2:ffff::1'))
  expect(new Set([await of('a', '192.0.2.1'), await of('a', '192.0.2.2'), await of('b', '192.0.2.1'), await of('a', '192.0.2.1', 'Safari')]).size).toBe(4)
})
