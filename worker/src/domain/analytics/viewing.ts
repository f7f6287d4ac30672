/** One viewing as its beacons tell it. Pure. */
import type { Beacon } from '@avocet/shared/beacon'
import type { EncodeId, Id, VideoId } from '@avocet/shared/ids'
import type { Client } from './client.ts'
import type { Device } from './device.ts'
import { clip, type Stretches, total, union } from './stretches.ts'

/** A beacon on its way: what the player said, and what the edge saw. */
export interface PlaybackReport {
  videoId: VideoId
  encodeId: EncodeId
  sessionId: Id<'session'>
  /** Who, as the customer names them; null where the link names nobody. */
  viewerId: string | null
  /** Who, as far as can be told, as a keyed hash in hex. */
  viewer: string
  country: string | null
  device: Device
  client: Client
  at: number
  beacon: Beacon
  /** Whether what was watched has to be taken from its events: it comes from a player that tells of nothing else. */
  eventsAlone: boolean
}

export interface Viewing {
  stretches: Stretches
  playedSeconds: number
  startupMs: number | null
  stalls: number
  stalledMs: number
  errors: number
  renditions: Record<string, number>
  /** Whether playing began, and how often it came to the end. */
  started: boolean
  ends: number
  /** Whether it counts as a view: two seconds were played. */
  viewed: boolean
}

/** What of the video a report is measured against. `rates`: bytes a second of each height, sound included. */
export interface PlaybackFacts {
  durationSeconds: number
  rates: Record<string, number>
}

export const NO_VIEWING: Viewing = { stretches: [], playedSeconds: 0, startupMs: null, stalls: 0, stalledMs: 0, errors: 0, renditions: {}, started: false, ends: 0, viewed: false }
const VIEW_SECONDS = 2
/** The fastest the player plays, and how far clocks and beacons may be off. */
const FASTEST = 2
const SLACK_SECONDS = 5

/**
 * The viewing with a beacon added: never less than before. Null when the beacon cannot be true: nobody watches more of a video than
 * time has passed since the session was opened, at the player's highest speed.
 */
export function advance(before: Viewing, beacon: Beacon, facts: PlaybackFacts, elapsedMs: number): Viewing | null {
  const possible = (elapsedMs / 1000) * FASTEST + SLACK_SECONDS
  const stretches = union(before.stretches, clip(beacon.watched, facts.durationSeconds))
  const playedSeconds = Math.max(before.playedSeconds, beacon.played)
  if (playedSeconds > possible || total(stretches) > possible || beacon.stalled_ms > elapsedMs + SLACK_SECONDS * 1000) return null
  const renditions = { ...before.renditions }
  for (const [height, seconds] of Object.entries(beacon.renditions)) {
    if (height in facts.rates) renditions[height] = Math.max(renditions[height] ?? 0, Math.min(seconds, playedSeconds))
  }
  return {
    stretches,
    playedSeconds,
    startupMs: before.startupMs ?? beacon.startup_ms,
    stalls: Math.max(before.stalls, beacon.stalls),
    stalledMs: Math.max(before.stalledMs, beacon.stalled_ms),
    errors: Math.max(before.errors, beacon.errors.length),
    renditions,
    started: before.started || playedSeconds > 0 || beacon.events.some(([kind]) => kind === 'play'),
    ends: Math.max(before.ends, beacon.events.filter(([kind]) => kind === 'end').length),
    // What was watched cannot be less than what the stretches show, and a view is what was watched, not what was said to be played.
    viewed: before.viewed || (playedSeconds >= VIEW_SECONDS - 0.05 && total(stretches) >= Math.min(VIEW_SECONDS, facts.durationSeconds) - 0.05),
  }
}

/** 0 to 1. */
export const completionOf = ({ stretches }: Pick<Viewing, 'stretches'>, { durationSeconds }: PlaybackFacts): number => (durationSeconds > 0 ? Math.min(1, total(stretches) / durationSeconds) : 0)
