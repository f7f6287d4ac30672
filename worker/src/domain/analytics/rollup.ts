/** The numbers of one video and one day (UTC), added up from its viewings. A viewing belongs to the day it began to count. Pure. */
import { DAY_MS, type DayRollup } from '../usage.ts'
import type { Bucket, Counted } from './period.ts'
import { slotsOf } from './stretches.ts'
import { addUnique, mergeUniques, type Uniques } from './uniques.ts'
import { completionOf, NO_VIEWING, type PlaybackFacts, type PlaybackReport, type Viewing } from './viewing.ts'

export const HEAT_SLOTS = 100
/** Tenths of the video; the last is for all of it. */
const COMPLETION_BINS = 11
/** Upper bounds of the start-up histogram, ms; a last bin has none. */
export const STARTUP_BOUNDS = [250, 500, 1000, 1500, 2000, 3000, 5000, 10_000, 20_000]
/** Seconds of playing that viewings are told apart by. */
export const LASTING = [3, 5, 10, 30] as const
/** What the edge or a beacon may name; what comes on top is added up as `other`. */
const MOST_NAMES = 300

export interface Rollup {
  views: number
  /** Viewings in which playing began, however short, and times it came to the end of the video. */
  starts: number
  ends: number
  /** Viewings that played for so many seconds. */
  lasting: Record<string, number>
  playedSeconds: number
  bytes: number
  /** Views and seconds by hour of the day, [hour, views, seconds]. */
  hours: [number, number, number][]
  countries: Record<string, number>
  devices: Record<string, number>
  systems: Record<string, number>
  browsers: Record<string, number>
  heat: number[]
  completions: number[]
  viewers: Uniques
  startups: number[]
  stalls: number
  stalledMs: number
  errors: Record<string, number>
  renditions: Record<string, number>
}

export const emptyRollup = (): Rollup => ({
  views: 0,
  starts: 0,
  ends: 0,
  lasting: {},
  playedSeconds: 0,
  bytes: 0,
  hours: [],
  countries: {},
  devices: {},
  systems: {},
  browsers: {},
  heat: Array(HEAT_SLOTS).fill(0),
  completions: Array(COMPLETION_BINS).fill(0),
  viewers: '',
  startups: Array(STARTUP_BOUNDS.length + 1).fill(0),
  stalls: 0,
  stalledMs: 0,
  errors: {},
  renditions: {},
})

/** Adds to a rollup, in place, what a viewing has become since `before`. */
export function addViewing(rollup: Rollup, before: Viewing, after: Viewing, facts: PlaybackFacts, report: PlaybackReport, hour: number): void {
  if (before.startupMs === null && after.startupMs !== null) addAt(rollup.startups, binOf(after.startupMs), 1)
  for (const code of report.beacon.errors.slice(before.errors, after.errors)) addNamed(rollup.errors, code, 1)
  if (!before.started && after.started) rollup.starts += 1
  rollup.ends += after.ends - before.ends
  for (const seconds of LASTING) if (before.playedSeconds < seconds && after.playedSeconds >= seconds) addNamed(rollup.lasting, String(seconds), 1)
  rollup.stalls += after.stalls - before.stalls
  rollup.stalledMs += after.stalledMs - before.stalledMs
  if (!after.viewed) return
  // What was watched before it counted as a view was not added yet.
  const counted = before.viewed ? before : NO_VIEWING
  const played = after.playedSeconds - counted.playedSeconds
  rollup.playedSeconds += played
  const byHour = rollup.hours.find(([of]) => of === hour) ?? [hour, 0, 0]
  if (!rollup.hours.includes(byHour)) rollup.hours.push(byHour)
  byHour[2] += played
  const [slotsBefore, slotsAfter] = [counted, after].map(({ stretches }) => slotsOf(stretches, facts.durationSeconds, HEAT_SLOTS))
  slotsAfter?.forEach((touched, slot) => touched && !slotsBefore?.[slot] && addAt(rollup.heat, slot, 1))
  for (const [height, seconds] of Object.entries(after.renditions)) {
    const more = seconds - (counted.renditions[height] ?? 0)
    addNamed(rollup.renditions, height, more)
    rollup.bytes += Math.round(more * (facts.rates[height] ?? 0))
  }
  const bin = (viewing: Viewing) => Math.floor(completionOf(viewing, facts) * (COMPLETION_BINS - 1) + 1e-6)
  if (before.viewed) addAt(rollup.completions, bin(before), -1)
  addAt(rollup.completions, bin(after), 1)
  if (before.viewed) return
  rollup.views += 1
  byHour[1] += 1
  addNamed(rollup.countries, report.country ?? 'unknown', 1)
  addNamed(rollup.devices, report.device, 1)
  addNamed(rollup.systems, report.client.os.name || 'unknown', 1)
  addNamed(rollup.browsers, report.client.browser.name || 'unknown', 1)
  rollup.viewers = addUnique(rollup.viewers, report.viewer)
}

/** Several days as one; `hours` is a day's own and stays empty. */
export function mergeRollups(rollups: readonly Rollup[]): Rollup {
  const all = emptyRollup()
  for (const one of rollups) {
    all.views += one.views
    all.starts += one.starts
    all.ends += one.ends
    all.playedSeconds += one.playedSeconds
    all.bytes += one.bytes
    all.stalls += one.stalls
    all.stalledMs += one.stalledMs
    all.viewers = mergeUniques(all.viewers, one.viewers)
    for (const field of ['heat', 'completions', 'startups'] as const) one[field].forEach((value, at) => addAt(all[field], at, value))
    for (const field of ['lasting', 'countries', 'devices', 'systems', 'browsers', 'errors', 'renditions'] as const) for (const [name, value] of Object.entries(one[field])) addNamed(all[field], name, value)
  }
  return all
}

/** A point for each day, or for each of its hours. */
export function pointsOf(days: readonly DayRollup[], bucket: Bucket): Counted[] {
  return days.flatMap(({ day, rollup: { views, playedSeconds, bytes, hours } }): Counted[] =>
    bucket === 'hour'
      ? // Bytes are kept by day; by hour they follow the time played.
        hours.map(([hour, ofHour, seconds]) => ({ at: day * DAY_MS + hour * 3_600_000, views: ofHour, playedSeconds: seconds, bytes: playedSeconds > 0 ? Math.round((bytes * seconds) / playedSeconds) : 0 }))
      : [{ at: day * DAY_MS, views, playedSeconds, bytes }],
  )
}

const binOf = (ms: number) => {
  const bin = STARTUP_BOUNDS.findIndex((bound) => ms <= bound)
  return bin < 0 ? STARTUP_BOUNDS.length : bin
}

function addAt(counts: number[], at: number, value: number): void {
  counts[at] = (counts[at] ?? 0) + value
}

function addNamed(counts: Record<string, number>, name: string, value: number): void {
  const known = Object.hasOwn(counts, name) || Object.keys(counts).length < MOST_NAMES
  const key = known ? name : 'other'
  counts[key] = (Object.hasOwn(counts, key) ? (counts[key] as number) : 0) + value
}
