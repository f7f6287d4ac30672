import { Fault } from '@avocet/shared/fault'
import type { VideoId } from '@avocet/shared/ids'
import { z } from 'zod'
import type { Actor } from '../../domain/actor.ts'
import { accountUsage } from '../../domain/analytics/accountUsage.ts'
import { type Period, periodOf } from '../../domain/analytics/period.ts'
import type { Rollup } from '../../domain/analytics/rollup.ts'
import { videoTotals } from '../../domain/analytics/videoTotals.ts'
import { videoUsage } from '../../domain/analytics/videoUsage.ts'
import type { Deps } from '../../domain/ports.ts'
import { route } from '../../http/route.ts'
import { encodePage, PageQuery, pageOf, parseId, sliceOf, spellId, time } from './codec.ts'

/** Plays by what they had in common (contract section 10, level N): a play is a view of ours, and days are UTC's. */
const about = { method: 'GET', tag: 'Analytics', needs: 'stats:read', rate: 'stats' } as const
const DIMENSIONS = { country: 'countries', deviceType: 'devices', operatingSystem: 'systems', browser: 'browsers' } as const satisfies Record<string, keyof Rollup>
const shared = { from: z.iso.date(), to: z.iso.date().optional(), filter: z.string().max(60).optional() }
const body = pageOf(z.object({ value: z.string(), plays: z.number().int() }))
type Play = z.infer<typeof body>['data'][number]

export const playRoutes = [
  route({
    ...about,
    path: '/analytics/videos/plays',
    summary: 'Plays of all videos, or of one, by video, country, device, system, browser or day',
    input: { query: PageQuery.extend({ ...shared, dimension: z.enum(['videoId', 'emittedAt', 'country', 'deviceType', 'operatingSystem', 'browser']) }) },
    output: { status: 200, body },
    async run({ deps, actor, query, request }) {
      const slice = sliceOf(query)
      const plays = await playsBy(deps, actor, query.dimension, query.filter, periodOf({ ...query, bucket: 'day' }, deps.now()))
      return encodePage(request, slice, { items: plays.slice(slice.offset, slice.offset + slice.limit), total: plays.length }, (play) => play)
    },
  }),
  route({
    ...about,
    path: '/analytics/live-streams/plays',
    summary: 'Plays of live streams: none, for nothing is broadcast yet',
    input: { query: PageQuery.extend({ ...shared, dimension: z.enum(['liveStreamId', 'emittedAt', 'country', 'deviceType', 'operatingSystem', 'browser']) }) },
    output: { status: 200, body },
    run: ({ query, request }) => encodePage(request, sliceOf(query), { items: [], total: 0 }, (play: Play) => play),
  }),
]

async function playsBy(deps: Deps, actor: Actor, dimension: 'videoId' | 'emittedAt' | keyof typeof DIMENSIONS, filter: string | undefined, period: Period): Promise<Play[]> {
  const { total, series } = filter === undefined ? await accountUsage(deps, actor, period, 'day') : await videoUsage(deps, actor, videoIn(filter), period, 'day')
  if (dimension === 'emittedAt') return series.map(({ at, views }) => ({ value: time(at), plays: views }))
  if (dimension === 'videoId') {
    if (filter === undefined) return (await videoTotals(deps, actor, period, (a, b) => b.views - a.views, { offset: 0, limit: 10_000 })).items.map(({ videoId, views }) => ({ value: spellId('vi', videoId), plays: views }))
    return total.views > 0 ? [{ value: filter.slice(FILTER.length), plays: total.views }] : []
  }
  const named = Object.entries(total[DIMENSIONS[dimension]]).map(([name, plays]) => ({ value: dimension === 'country' ? countryOf(name) : name.toLowerCase(), plays }))
  return named.sort((a, b) => b.plays - a.plays || (a.value < b.value ? -1 : 1))
}

const FILTER = 'videoId:'
function videoIn(filter: string): VideoId {
  const id = filter.startsWith(FILTER) ? parseId('video', 'vi', filter.slice(FILTER.length)) : null
  if (!id) throw new Fault('bad_request', 'A filter is videoId:vi…', { errors: [{ path: 'filter', message: 'Must name a video: videoId:vi…' }], inQuery: true })
  return id
}

const countries = new Intl.DisplayNames(['en'], { type: 'region' })
/** `FR` is `france` here. */
const countryOf = (letters: string): string => (/^[A-Z]{2}$/.test(letters) ? (countries.of(letters) ?? letters) : letters).toLowerCase()
