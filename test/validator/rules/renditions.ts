/** Rules that hold the master playlist against what its renditions are. */
import { frameSeconds, isWhole, type Presentation, pictures, readable, type Rendition, type Variant } from '../presentation.ts'
import { isNear, type Rule } from '../rule.ts'

const TOLERANCE = 0.1
const CELLULAR_BPS = 192_000
/** CICP (ISO/IEC 23091-2): BT.2100 PQ and HLG. */
const HDR_TRANSFERS = new Map([
  [16, 'PQ'],
  [18, 'HLG'],
])

/** RFC 8216bis 4.1: the heaviest contiguous run of segments that lasts 0.5 to 1.5 target durations; where there is none, all of it. */
function peakOf({ segments, playlist }: Rendition): number {
  const rates = segments.flatMap((_, start) =>
    segments.slice(start).flatMap((__, length) => {
      const run = segments.slice(start, start + length + 1)
      const seconds = run.reduce((sum, { claimed }) => sum + claimed, 0)
      return seconds >= 0.5 * playlist.targetDuration && seconds <= 1.5 * playlist.targetDuration ? [rateOf(run)] : []
    }),
  )
  return Math.max(0, rateOf(segments), ...rates)
}

const rateOf = (run: Rendition['segments']) => (run.reduce((sum, { bytes }) => sum + bytes, 0) * 8) / Math.max(1e-9, run.reduce((sum, { claimed }) => sum + claimed, 0))

/** Peak and average of a variant with the heaviest sound of its group (RFC 8216bis 4.4.6.2). */
function measured({ rendition, sounds }: Variant): { peak: number; average: number } {
  const others = sounds.filter((sound) => sound !== rendition)
  if (rendition.init?.kind === 'audio') return { peak: Math.max(...[rendition, ...others].map(peakOf)), average: Math.max(...[rendition, ...others].map(({ segments }) => rateOf(segments))) }
  return {
    peak: peakOf(rendition) + Math.max(0, ...others.map(peakOf)),
    average: rateOf(rendition.segments) + Math.max(0, ...others.map(({ segments }) => rateOf(segments))),
  }
}

const claimed = ({ tag }: Variant, name: string) => Number(tag.attributes.get(name) ?? Number.NaN)
const nameOf = ({ tag }: Variant) => `${tag.uri}${tag.attributes.has('AUDIO') ? ` with ${tag.attributes.get('AUDIO')}` : ''}`
const complete = (variant: Variant) => [variant.rendition, ...variant.sounds].every(({ init, segments }) => init && segments.length > 0)

export const renditionRules: Rule[] = [
  {
    number: 3,
    name: 'codecs',
    level: 'must',
    source: 'RFC 8216bis 4.4.6.2; RFC 6381',
    check: ({ variants }) =>
      variants.flatMap((variant) => {
        const made = new Set([variant.rendition, ...variant.sounds].flatMap(({ init }) => init?.codecs ?? []))
        const listed = new Set((variant.tag.attributes.get('CODECS') ?? '').split(','))
        return variant.tag.attributes.has('CODECS') && (made.size !== listed.size || [...made].some((one) => !listed.has(one))) ? [`${nameOf(variant)} lists ${[...listed]}, its init segments are ${[...made]}`] : []
      }),
  },
  {
    number: 4,
    name: 'bandwidth',
    level: 'must',
    source: 'RFC 8216bis 4.4.6.2; Apple HLS authoring 9.x: within 10 %',
    check: (of) =>
      of.variants.filter(complete).flatMap((variant) => {
        const { peak, average } = measured(variant)
        const [most, usual] = [claimed(variant, 'BANDWIDTH'), claimed(variant, 'AVERAGE-BANDWIDTH')]
        // What grows can only be bounded: the peak of what is there must not be above the claim.
        if (!isWhole(of)) return peak > most * (1 + TOLERANCE) ? [`${nameOf(variant)} already peaks at ${Math.round(peak)}, BANDWIDTH is ${most}`] : []
        return [
          ...(isNear(peak, most, TOLERANCE) || Number.isNaN(most) ? [] : [`${nameOf(variant)} peaks at ${Math.round(peak)}, BANDWIDTH is ${most}`]),
          ...(isNear(average, usual, TOLERANCE) || Number.isNaN(usual) ? [] : [`${nameOf(variant)} averages ${Math.round(average)}, AVERAGE-BANDWIDTH is ${usual}`]),
        ]
      }),
  },
  {
    number: 5,
    name: 'peak-to-average',
    level: 'should',
    source: 'Apple HLS authoring 1.26',
    check: (of) =>
      of.variants.filter(complete).flatMap((variant) => {
        const { peak, average } = measured(variant)
        return peak <= 2 * average ? [] : [`${nameOf(variant)} peaks at ${(peak / average).toFixed(2)} times its average`]
      }),
  },
  {
    number: 12,
    name: 'video-range',
    level: 'must',
    source: 'RFC 8216bis 4.4.6.2; Apple HLS authoring 1.x',
    check(of) {
      const seen = of.variants.filter(({ rendition }) => rendition.init?.kind === 'video')
      if (seen.length === 0) return { notApplicable: 'no picture' }
      const ranges = seen.map(({ tag }) => tag.attributes.get('VIDEO-RANGE'))
      const wrong = seen.flatMap((variant, at) => {
        const made = HDR_TRANSFERS.get(variant.rendition.init?.transfer ?? 0) ?? 'SDR'
        return ranges[at] === undefined || ranges[at] === made ? [] : [`${nameOf(variant)} says ${ranges[at]} and is ${made}`]
      })
      return [
        ...seen.flatMap((variant, at) => (ranges[at] === undefined ? [`${nameOf(variant)} has no VIDEO-RANGE`] : [])),
        ...wrong,
        ...(wrong.length === 0 && ranges.some((range) => range && range !== 'SDR') && !ranges.includes('SDR') ? ['HDR without an SDR alternative'] : []),
      ]
    },
  },
  { number: 13, name: 'aspect-ratio', level: 'must', source: 'Apple HLS authoring 9.x', check: aspects },
  {
    number: 13,
    name: 'cellular-variant',
    level: 'should',
    source: 'Apple HLS authoring 9.x',
    check: ({ variants }) => (variants.some((variant) => claimed(variant, 'BANDWIDTH') <= CELLULAR_BPS) ? [] : [`no variant below ${CELLULAR_BPS} b/s`]),
  },
  {
    number: 20,
    name: 'aligned-segments',
    level: 'must',
    source: 'RFC 8216bis 6.2.4; Apple HLS authoring 8.x',
    check(of) {
      const rungs = readable(pictures(of))
      const [first] = rungs
      if (!first || rungs.length < 2) return { notApplicable: 'one rung or none' }
      const ends = rungs.map(endsOf)
      return rungs.flatMap((rung, at) => {
        const [mine, its] = [ends[at]!, ends[0]!]
        if (isWhole(of) && mine.length !== its.length) return [`${rung.name} has ${mine.length} segments, ${first.name} ${its.length}`]
        const off = mine.findIndex((end, index) => index < its.length && Math.abs(end - its[index]!) > frameSeconds(first) + 1e-6)
        return off < 0 ? [] : [`segment ${off} of ${rung.name} ends at ${mine[off]}, of ${first.name} at ${its[off]}`]
      })
    },
  },
]

/** The long sides of all rungs are, within a pixel, what the largest one's shape makes of the short sides. */
function aspects({ variants }: Presentation): string[] | { notApplicable: string } {
  const sizes = variants.flatMap(({ rendition: { init, name } }) => (init?.kind === 'video' ? [{ name, long: Math.max(init.width, init.height), short: Math.min(init.width, init.height) }] : []))
  const top = sizes.reduce((best, one) => (one.long > best.long ? one : best), sizes[0] ?? { name: '', long: 0, short: 0 })
  if (sizes.length < 2) return { notApplicable: 'one rung or none' }
  return sizes.flatMap(({ name, long, short }) => (Math.abs(long - (short * top.long) / top.short) <= 1 ? [] : [`${name} is ${long}:${short}, ${top.name} ${top.long}:${top.short}`]))
}

/** When each segment ends, in seconds, by what its samples last. */
function endsOf({ init, segments }: Rendition): number[] {
  let end = 0
  return segments.map(({ fragments }) => {
    for (const { samples } of fragments) for (const { duration } of samples) end += duration
    return end / (init?.timescale ?? 1)
  })
}
