/** Rules of the coded pictures themselves. */
import { codecStringOf, isKeyPicture, parameterSets } from '../pictures.ts'
import { pictures, type Presentation, readable, type Rendition } from '../presentation.ts'
import type { Rule } from '../rule.ts'

const LONGEST_GOP_SECONDS = 2.1

const each = (look: (rendition: Rendition & { init: NonNullable<Rendition['init']> }) => string[]) => (of: Presentation) => {
  const rungs = readable(pictures(of))
  if (pictures(of).length === 0) return { notApplicable: 'no picture' }
  return rungs.flatMap((rendition) => look({ ...rendition, init: rendition.init! }).map((what) => `${rendition.name}: ${what}`))
}

export const streamRules: Rule[] = [
  {
    number: 28,
    name: 'sync-first',
    level: 'must',
    source: 'RFC 8216bis 4.4.2.1; ISO/IEC 23000-19 7.3.2.3',
    check: each(({ init, segments }) =>
      segments.flatMap(({ fragments }, at) => {
        const samples = fragments[0]?.samples ?? []
        const [first] = samples
        if (!first) return [`segment ${at} has no sample`]
        // Presentation times relative to the fragment's decode time.
        let decode = 0
        const shown = samples.map(({ duration, compositionOffset }) => {
          decode += duration
          return decode - duration + compositionOffset
        })
        return [
          ...(first.isSync ? [] : [`segment ${at} does not begin with a sync sample`]),
          ...(isKeyPicture(init, first.data) ? [] : [`segment ${at} does not begin with a picture that stands alone`]),
          ...(Math.min(...shown) === 0 ? [] : [`segment ${at} shows its first picture ${Math.min(...shown)} ticks from its decode time`]),
        ]
      }),
    ),
  },
  {
    number: 29,
    name: 'decoder-configuration',
    level: 'must',
    source: 'ISO/IEC 14496-15; AV1-ISOBMFF; RFC 6381',
    check: each(({ init, segments, tags }) => [
      ...(codecStringOf(init) === init.codecs ? [] : [`the configuration is ${codecStringOf(init)}, mp4box reads ${init.codecs}`]),
      ...(tags.filter(({ name }) => name === 'EXT-X-MAP').length <= 1 ? [] : ['chunks with init segments of their own']),
      ...segments.flatMap(({ fragments }, at) =>
        fragments.some(({ samples }) => samples.some(({ data }) => parameterSets(init, data).length > 0)) ? [`segment ${at} carries parameter sets of its own`] : [],
      ),
    ]),
  },
  {
    number: 30,
    name: 'keyframe-interval',
    level: 'must',
    source: 'Apple HLS authoring 1.10: a keyframe every two seconds',
    check: each(({ init, segments }) => {
      let [ticks, last, longest] = [0, 0, 0]
      for (const { fragments } of segments) {
        for (const { samples } of fragments) {
          for (const sample of samples) {
            if (sample.isSync) [longest, last] = [Math.max(longest, ticks - last), ticks]
            ticks += sample.duration
          }
        }
      }
      longest = Math.max(longest, ticks - last)
      return longest / init.timescale <= LONGEST_GOP_SECONDS ? [] : [`${longest / init.timescale} s without a keyframe`]
    }),
  },
]
