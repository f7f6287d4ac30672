/**
 * Sources that cannot be seeked into exactly (MPEG-TS, unfinished recordings, ...) have their picture copied once into a form that can:
 * a NUT stream with an index at its end, stored in parts of one size. Pure.
 */
import type { EncodePlan, PlannedChunk } from './encode.ts'

/** All parts but the last. */
export const REMUX_PART_BYTES = 16 * 1024 * 1024
/** The copy's clock stands this far ahead of the video's, so that no decode time is negative. */
export const REMUX_AHEAD_SECONDS = 10
/** Chunks that begin earlier are decoded from the beginning of the source at once: playback waits for no copy. */
const SOON_SECONDS = 60

/** Whether a chunk's work is only queued once the copy is there. */
export function waitsForRemux({ source, frameRate }: EncodePlan, { startFrame }: PlannedChunk): boolean {
  return source.remux && (startFrame * frameRate.den) / frameRate.num >= SOON_SECONDS
}
