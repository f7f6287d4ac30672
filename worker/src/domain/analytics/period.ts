import { Fault } from '@avocet/shared/fault'
import { DAY_MS, type Day } from '../usage.ts'

/** Days from and to, both counted in. */
export interface Period {
  from: Day
  to: Day
}
export type Bucket = 'hour' | 'day' | 'month'

const MOST_DAYS = 400
const MOST_DAYS_BY_HOUR = 14
const DEFAULT_DAYS = 28

/** `YYYY-MM-DD`, UTC. Without them the last 28 days. Throws bad_request `invalid_period`. */
export function periodOf(wish: { from?: string | undefined; to?: string | undefined; bucket: Bucket }, now: number): Period {
  const to = wish.to === undefined ? Math.floor(now / DAY_MS) : Date.parse(wish.to) / DAY_MS
  const from = wish.from === undefined ? to - DEFAULT_DAYS + 1 : Date.parse(wish.from) / DAY_MS
  const most = wish.bucket === 'hour' ? MOST_DAYS_BY_HOUR : MOST_DAYS
  const from14 = wish.bucket === 'hour' && wish.from === undefined ? to - MOST_DAYS_BY_HOUR + 1 : from
  if (to < from14 || to - from14 >= most) throw new Fault('bad_request', `A period has 1 to ${most} days${wish.bucket === 'hour' ? ' by hours' : ''}.`, { reason: 'invalid_period' })
  return { from: from14, to }
}

export const isoDay = (day: Day): string => new Date(day * DAY_MS).toISOString().slice(0, 10)

export interface Counted {
  /** Beginning of the bucket, ms. */
  at: number
  views: number
  playedSeconds: number
  bytes: number
}

/** Points added up by bucket, those without any left out. */
export function byBucket(points: readonly Counted[], bucket: Bucket): Counted[] {
  const beginning = (at: number) => (bucket === 'month' ? Date.UTC(new Date(at).getUTCFullYear(), new Date(at).getUTCMonth()) : at)
  const buckets = new Map<number, Counted>()
  for (const point of points) {
    const at = beginning(point.at)
    const { views, playedSeconds, bytes } = buckets.get(at) ?? { views: 0, playedSeconds: 0, bytes: 0 }
    buckets.set(at, { at, views: views + point.views, playedSeconds: playedSeconds + point.playedSeconds, bytes: bytes + point.bytes })
  }
  return [...buckets.values()].sort((a, b) => a.at - b.at)
}
