/** What the player tells of a viewing: `POST /p/{playbackToken}/beacon`. */
import { z } from 'zod'

const seconds = z.number().min(0).max(1_000_000)
const count = z.number().int().min(0).max(1_000_000)

/** Most stretches a beacon names. */
const MAX_STRETCHES = 100

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
})
export type Beacon = z.infer<typeof Beacon>
