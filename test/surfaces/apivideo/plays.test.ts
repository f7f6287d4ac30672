import { expect, test } from 'vitest'
import { emptyRollup } from '../../../worker/src/domain/analytics/rollup.ts'
import { DAY_MS } from '../../../worker/src/domain/usage.ts'
import { deps, type Tenant, tenant, videoOf } from '../../support/site.ts'
import { api, bodyOf, refusalOf } from './client.ts'

const plays = async (mine: Tenant, query: string) => (await bodyOf<{ data: { value: string; plays: number }[] }>(api(mine, 'GET', `/analytics/videos/plays?from=2024-03-01&to=2024-03-31&${query}`))).data

test('plays of one video or of all are told by what they had in common', async () => {
  const mine = await tenant()
  const video = await videoOf(mine)
  const day = Date.UTC(2024, 2, 5) / DAY_MS
  const seen = (views: number, countries: Record<string, number>) => ({ ...emptyRollup(), views, countries, browsers: { Chrome: views }, devices: { desktop: views }, systems: { Linux: views } })
  await deps.commit([
    deps.usage.put({ videoId: video.id, day, version: 1, rollup: seen(3, { FR: 1, DE: 2 }) }),
    deps.usage.put({ videoId: video.id, day: day + 2, version: 1, rollup: seen(4, { FR: 4 }) }),
    deps.usage.put({ videoId: video.id, day: day + 60, version: 1, rollup: seen(9, { FR: 9 }) }),
  ])
  const filter = `filter=videoId:vi${video.id.slice(4)}`
  expect(await plays(mine, `dimension=country&${filter}`)).toEqual([{ value: 'france', plays: 5 }, { value: 'germany', plays: 2 }])
  for (const [dimension, value] of [['browser', 'chrome'], ['deviceType', 'desktop'], ['operatingSystem', 'linux'], ['videoId', `vi${video.id.slice(4)}`]]) {
    expect(await plays(mine, `dimension=${dimension}&${filter}`)).toEqual([{ value, plays: 7 }])
  }
  const byDay = [{ value: '2024-03-05T00:00:00+00:00', plays: 3 }, { value: '2024-03-07T00:00:00+00:00', plays: 4 }]
  expect(await plays(mine, `dimension=emittedAt&${filter}`)).toEqual(byDay)
  expect(await plays(mine, 'dimension=emittedAt')).toEqual(byDay)
  expect(await plays(mine, 'dimension=country')).toEqual([{ value: 'france', plays: 5 }, { value: 'germany', plays: 2 }])
  const other = await tenant()
  expect(await plays(other, 'dimension=emittedAt')).toEqual([])
  expect(await refusalOf(api(other, 'GET', `/analytics/videos/plays?from=2024-03-01&to=2024-03-31&dimension=country&${filter}`))).toEqual([404, 'resource-not-found'])
})

test('what plays cannot be told by is refused: no start, no dimension, another filter', async () => {
  const mine = await tenant()
  for (const query of ['dimension=country', 'from=2024-03-01', 'from=March&dimension=country', 'from=2024-03-01&to=2024-03-31&dimension=country&filter=liveStreamId:li1']) {
    expect([query, ...(await refusalOf(api(mine, 'GET', `/analytics/videos/plays?${query}`)))]).toEqual([query, 400, 'invalid-query-parameter'])
  }
  expect(await bodyOf(api(mine, 'GET', '/analytics/live-streams/plays?from=2024-03-01&dimension=country'))).toMatchObject({ data: [], pagination: { itemsTotal: 0 } })
})
