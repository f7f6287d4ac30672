/** Viewings one by one: kept a month, for whoever owns the video. */
import { runInDurableObject } from 'cloudflare:test'
import { beforeAll, expect, test } from 'vitest'
import type { Beacon } from '../../../shared/src/beacon.ts'
import type { EncodeId, VideoId } from '../../../shared/src/ids.ts'
import { reportEvents } from '../../../worker/src/domain/analytics/reportEvents.ts'
import { audience, DAY, type Encoded, FIREFOX, flush, freshVideo, HOUR, NOON, reporter, session, statsOf, tell } from '../../support/audience.ts'
import { encoded } from '../../support/fleet.ts'
import { call, deps, type Tenant, tenant } from '../../support/site.ts'

let mine: Tenant
let made: Encoded
let reportOf: ReturnType<typeof reporter>
const fresh = () => freshVideo(mine, made)

beforeAll(async () => {
  mine = await tenant()
  made = await encoded(mine, true)
  reportOf = reporter(made)
})

interface Page<T> {
  data: T[]
  total: number
}
const sessionsOf = async (id: VideoId, query: string) => (await (await call(`/api/v1/videos/${id}/sessions?${query}`, { key: mine.key })).json<Page<Record<string, unknown>>>())

test('each viewing can be looked at: when, where, with what, what the page said of it, and what was done', async () => {
  const id = await fresh()
  const [first, second] = [session(), session(NOON + 30_000)]
  const said: Partial<Beacon> = { referrer: 'https://school.example/lesson', metadata: [['userId', '7'], ['course', 'b: c']] }
  await tell(
    reportOf(id, first, { ...said, events: [['ready', 0, 0], ['play', 900, 0]] }),
    // All of it so far each time; what lies in the future did not happen.
    reportOf(id, first, { ...said, events: [['ready', 0, 0], ['play', 900, 0], ['seek.forward', 4_000, 3, 900], ['end', 90_000, 20]] }, { viewerId: 'student-7', at: NOON + 61_000 }),
    reportOf(id, second, {}, { country: null, at: NOON + 62_000 }),
  )
  const at = (ms: number) => new Date(NOON + ms).toISOString()
  const whole = { id: first, started_at: at(0), ended_at: at(61_000), seconds_played: 10, viewer_id: null, referrer: 'https://school.example/lesson', country: 'NL', device: 'desktop' }
  const of = { os: { name: 'Linux', version: '' }, browser: { name: 'Firefox', version: '144' }, metadata: [{ key: 'userId', value: '7' }, { key: 'course', value: 'b: c' }] }
  expect(await sessionsOf(id, `from=${DAY}&to=${DAY}`)).toMatchObject({ total: 2, data: [{ id: second, referrer: null, country: null, metadata: [] }, { ...whole, ...of }] })
  const found = async (query: string) => (await sessionsOf(id, query)).data.map((one) => one.id)
  expect(await found(`from=${DAY}&metadata=course:b: c`)).toEqual([first])
  expect(await found(`from=${DAY}&metadata=userId:8`)).toEqual([])
  expect(await found(`from=${DAY}&per_page=1&page=2`)).toEqual([first])
  const tomorrow = new Date(NOON + 24 * HOUR).toISOString().slice(0, 10)
  expect(await found(`from=${tomorrow}&to=${tomorrow}`)).toEqual([])
  const events = async (video: VideoId, one: string) => call(`/api/v1/videos/${video}/sessions/${one}/events`, { key: mine.key })
  expect(await (await events(id, first)).json()).toEqual({
    data: [
      { type: 'ready', at: at(0), position: 0, to: null },
      { type: 'play', at: at(900), position: 0, to: null },
      { type: 'seek.forward', at: at(4_000), position: 3, to: 20 },
    ],
  })
  expect([(await events(made.video.id, first)).status, (await events(id, session())).status]).toEqual([404, 404])
  expect((await call(`/api/v1/videos/${id}/sessions`, { key: (await tenant()).key })).status).toBe(404)
})

test('a player that tells of events alone is counted by what lies between playing and pausing', async () => {
  const id = await fresh()
  const seen = { ip: '192.0.2.1', userAgent: FIREFOX, country: null }
  const of = { videoId: id, encodeId: made.encodeId as EncodeId }
  const one = session(deps.now() - 60_000)
  const about = { referrer: '', metadata: [] }
  const told = await reportEvents(deps, of, one, { ...about, events: [['play', 0, 0], ['seek.forward', 4_000, 4, 10]] }, seen)
  await reportEvents(deps, of, told, { ...about, events: [['pause', 8_000, 14]] }, seen)
  await expect.poll(async () => (await deps.audiences.sessionEvents(id, one))?.length, { timeout: 20_000, interval: 500 }).toBe(3)
  const today = new Date().toISOString().slice(0, 10)
  expect((await statsOf(mine, id, `from=${DAY}&to=${today}`)).period).toMatchObject({ views: 1, minutes_watched: 0.13, average_completion: 0.45 })
  expect(await reportEvents(deps, of, 'ps-foreign', { ...about, events: [] }, seen)).toMatch(/^ses_/)
})

test('viewings over a month old go, of those that are over all but the newest 10,000; what went is not begun anew, and a removed video leaves none', async () => {
  const id = await fresh()
  const [old, kept] = [session(Date.now() - 31 * 24 * HOUR), session()]
  await tell(reportOf(id, old, {}, { at: Date.now() - 31 * 24 * HOUR + 60_000 }), reportOf(id, kept))
  await flush(id)
  await tell(reportOf(id, old, { watched: [[0, 20]], played: 20 }))
  expect([await deps.audiences.sessionEvents(id, old), await deps.audiences.sessionEvents(id, kept)]).toEqual([null, []])
  await runInDurableObject(audience(id), (_, { storage }) => {
    const openedAt = Date.now() - 3 * 24 * HOUR
    for (let at = 0; at < 10_050; at++) storage.sql.exec('INSERT INTO viewings (id, state, about, events, at) VALUES (?, ?, ?, ?, ?)', session(openedAt + at), '{}', '{}', '[]', openedAt)
    storage.kv.delete('sweptAt')
  })
  await tell(reportOf(id, kept, { watched: [[0, 12]], played: 12 }))
  await flush(id)
  const rows = () => runInDurableObject(audience(id), (_, { storage }) => Number(storage.sql.exec('SELECT count(*) AS rows FROM viewings').one().rows))
  expect(await rows()).toBe(10_001)
  await deps.audiences.forget(id)
  expect(await rows()).toBe(0)
})
