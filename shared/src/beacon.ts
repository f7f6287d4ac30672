/** What the player tells of a viewing: `POST /p/{playbackToken}/beacon`. */
import { z } from 'zod'

const seconds = z.number().min(0).max(1_000_000)
const count = z.number().int().min(0).max(1_000_000)

/** Most stretches, and most events, a beacon names. */
const MAX_STRETCHES = 100
export const MAX_VIEWING_EVENTS = 100

export const VIEWING_EVENTS = ['ready', 'play', 'pause', 'resume', 'seek.forward', 'seek.backward', 'end'] as const
export type ViewingEventKind = (typeof VIEWING_EVENTS)[number]

/** What the viewer did: [kind, ms since the session was opened, second of the video], and for seeks the second gone to. */
const ms = z.number().int().min(0).max(10_000_000_000)
export const ViewingEvent = z.union([z.tuple([z.enum(VIEWING_EVENTS), ms, seconds]), z.tuple([z.enum(['seek.forward', 'seek.backward']), ms, seconds, seconds])])
export type ViewingEvent = z.infer<typeof ViewingEvent>

/** Names and values the embedding page gave the viewing. */
export const ViewingMetadata = z.array(z.tuple([z.string().min(1).max(40), z.string().max(200)])).max(10)
export type ViewingMetadata = z.infer<typeof ViewingMetadata>

/**
 * All of the viewing so far, not what is new: a lost beacon loses nothing, a repeated one adds nothing.
 * Times are seconds of the video, `..._ms` milliseconds of the viewer.
 */
export const Beacon = z.strictObject({
  /** Stretches watched, [from, to], apart and in order; a seek begins a new one. */
  watched: z.array(z.tuple([seconds, seconds])).max(MAX_STRETCHES),
  /** Played, with what was played again. */
  played: seconds,
  /** From pressing play to the first picture; null before it. */
  startup_ms: count.nullable(),
  /** Times the picture stood still for want of data, and how long in all. */
  stalls: count,
  stalled_ms: z.number().int().min(0).max(1_000_000_000),
  /** Codes of what ended the playback. */
  errors: z.array(z.string().regex(/^\w{1,40}$/)).max(5),
  /** Seconds played by the picture's height in pixels. */
  renditions: z.record(z.string().regex(/^\d{2,4}$/), seconds).refine((by) => Object.keys(by).length <= 20, 'At most 20 heights.'),
  events: z.array(ViewingEvent).max(MAX_VIEWING_EVENTS).default([]),
  /** The page that embeds the player, as far as the browser tells it. */
  referrer: z.string().max(500).default(''),
  metadata: ViewingMetadata.default([]),
})
export type Beacon = z.infer<typeof Beacon>
