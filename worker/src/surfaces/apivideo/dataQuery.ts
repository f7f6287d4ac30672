/** What the newer analytics are asked for: a time, and of which viewings (contract section 10, level N). */
import { Fault } from '@avocet/shared/fault'
import { z } from 'zod'
import type { Rollup } from '../../domain/analytics/rollup.ts'
import { DAY_MS } from '../../domain/usage.ts'
import { parseId, time } from './codec.ts'
import { continentOf } from './continents.ts'

const HOUR_MS = 3_600_000
const MOST_DAYS = 30
const MOST_VIDEOS = 20
const instant = z.iso.datetime({ offset: true }).optional()

export const DataQuery = z.object({ from: instant, to: instant, unique: z.enum(['true', 'false']).default('false'), viewDuration: z.enum(['3s', '5s', '10s', '30s']).default('5s') })

/** What is told in any breakdown; of the rest there is no word yet. */
export const MEASURES = {
  play: ({ views }: Rollup) => views,
  start: ({ starts }: Rollup) => starts,
  end: ({ ends }: Rollup) => ends,
  view: ({ lasting }: Rollup, { viewDuration }: { viewDuration: string }) => lasting[Number.parseInt(viewDuration, 10)] ?? 0,
}
export type Measure = keyof typeof MEASURES

/** Dimensions plays are told apart by: where they are kept, and our names in the dialect's words. */
export const DIMENSIONS = {
  country: { kept: 'countries', spell: (name: string) => name },
  continent: { kept: 'countries', spell: continentOf },
  deviceType: { kept: 'devices', spell: (name: string) => DEVICES[name] ?? name },
  operatingSystem: { kept: 'systems', spell: (name: string) => (name === 'macOS' ? 'mac osx' : name.toLowerCase()) },
  browser: { kept: 'browsers', spell: (name: string) => name.toLowerCase() },
} as const satisfies Record<string, { kept: keyof Rollup; spell: (name: string) => string }>
export type Dimension = keyof typeof DIMENSIONS
const DEVICES: Record<string, string> = { desktop: 'computer', mobile: 'phone', other: 'unknown' }

/** Plays by what a dimension says of them. */
export function playsBy(dimension: Dimension, rollup: Rollup): Map<string, number> {
  const { kept, spell } = DIMENSIONS[dimension]
  const sums = new Map<string, number>()
  for (const [name, plays] of Object.entries(rollup[kept])) sums.set(spell(name), (sums.get(spell(name)) ?? 0) + plays)
  return sums
}

/** Instants [from, to), in whole hours or days of UTC around those asked for: finer than that nothing is kept. Throws bad_request. */
export function timeframeOf({ from, to }: z.infer<typeof DataQuery>, grain: 'hour' | 'day', now: number) {
  const step = grain === 'hour' ? HOUR_MS : DAY_MS
  const until = to === undefined ? now : Date.parse(to)
  const since = from === undefined ? until - DAY_MS : Date.parse(from)
  if (since >= until) throw refuse('from', 'Must be before "to".')
  if (since < now - MOST_DAYS * DAY_MS - HOUR_MS) throw refuse('from', `Must not be more than ${MOST_DAYS} days ago.`)
  const [first, end] = [Math.floor(since / step) * step, Math.ceil(until / step) * step]
  return { first, end, period: { from: Math.floor(first / DAY_MS), to: Math.ceil(end / DAY_MS) - 1 }, spelled: { from: time(first), to: time(end) } }
}

/** Whose viewings: of the videos named (null: of all), and of plays those with one of these values in one dimension. */
export interface DataFilter {
  videoIds: string[] | null
  by: { dimension: Dimension; values: string[] } | null
}

/** `filterBy[mediaId][0]=vi…&filterBy[mediaType]=video&filterBy[country][0]=FR`. Throws bad_request, and not_implemented for what is not kept. */
export function filterOf(request: Request): DataFilter {
  const given = new Map<string, string[]>()
  for (const [name, value] of new URL(request.url).searchParams) {
    const key = /^filterBy\[(\w+)\](?:\[\d*\])?$/.exec(name)?.[1]
    if (key !== undefined) given.set(key, [...(given.get(key) ?? []), value])
    else if (name.startsWith('filterBy')) throw refuse(name, 'Must name what to filter by.')
  }
  const { mediaId, mediaType, ...others } = Object.fromEntries(given)
  if (mediaId && mediaId.length > MOST_VIDEOS) throw refuse('filterBy[mediaId]', `At most ${MOST_VIDEOS} of them.`)
  if (mediaType?.some((type) => type !== 'video' && type !== 'live-stream')) throw refuse('filterBy[mediaType]', 'Must be video or live-stream.')
  const [first, ...more] = Object.entries(others)
  for (const [name] of Object.entries(others)) {
    if (name === 'tag' || name === 'referrer') throw planned(`Viewings are not told apart by ${name}.`)
    if (!Object.hasOwn(DIMENSIONS, name)) throw refuse(`filterBy[${name}]`, 'There is no such filter.')
  }
  if (more.length > 0) throw planned('Viewings are filtered by one of country, continent, deviceType, operatingSystem and browser at a time.')
  // Nothing is broadcast yet: of live streams there are no viewings.
  const noVideo = mediaType !== undefined && !mediaType.includes('video')
  return {
    videoIds: noVideo ? [] : mediaId ? mediaId.flatMap((id) => parseId('video', 'vi', id) ?? []) : null,
    by: first ? { dimension: first[0] as Dimension, values: first[1] } : null,
  }
}

export const refuse = (path: string, message: string) => new Fault('bad_request', message, { errors: [{ path, message }], inQuery: true })
export const planned = (message: string) => new Fault('not_implemented', message, { reason: 'planned' })
