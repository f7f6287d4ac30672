/** What a rendition costs on the wire, measured from what was made. Bits a second. Pure. */
import { SEGMENT_SECONDS } from '@avocet/shared/encode'

interface Measured {
  timescale: number
  segments: readonly { bytes: number; duration: number }[]
}

/** The heaviest run of segments that lasts 0.5 to 1.5 target durations (RFC 8216bis 4.1); shorter renditions have their average alone. */
export function peakRate({ segments, timescale }: Measured): number {
  let peak = 0
  for (let start = 0; start < segments.length; start++) {
    let [bytes, ticks] = [0, 0]
    for (let end = start; end < segments.length && ticks < 1.5 * SEGMENT_SECONDS * timescale; end++) {
      bytes += segments[end]!.bytes
      ticks += segments[end]!.duration
      const targets = ticks / timescale / SEGMENT_SECONDS
      if (targets >= 0.5 && targets <= 1.5) peak = Math.max(peak, (bytes * 8 * timescale) / ticks)
    }
  }
  return Math.max(peak, averageRate({ segments, timescale }))
}

export function averageRate({ segments, timescale }: Measured): number {
  const [bytes, ticks] = segments.reduce(([b, t], one) => [b + one.bytes, t + one.duration], [0, 0])
  return (bytes * 8 * timescale) / ticks
}

/** A rung whose rate is more than this share of the next one's above is not worth choosing (reference: transcode.md section 2). */
const SHARE_WORTH_A_RUNG = 0.8

/**
 * The rungs of one codec worth offering; given highest first. Capped quality makes simple pictures cost nearly the same at two sizes: the
 * smaller of them gives up sharpness for nothing. The highest and the lowest stay: the source's own quality, and the way out of a bad line.
 */
export function worthwhileRungs<T extends { average: number }>(rungs: readonly T[]): T[] {
  const kept: T[] = []
  for (const [at, rung] of rungs.entries()) {
    const above = kept.at(-1)
    if (!above || at === rungs.length - 1 || rung.average <= above.average * SHARE_WORTH_A_RUNG) kept.push(rung)
  }
  return kept
}
