/** Rules of init and media segments (CMAF, ISO/IEC 23000-19). */
import { isWhole, pictures, type Presentation, readable, type Rendition, secondsOf, soundsOf, ticksOf } from '../presentation.ts'
import type { Rule } from '../rule.ts'

const PRIMING_SAMPLES = 1024
const ADDRESS = /[\w.+-]+@[\w-]+\.\w{2,}|\b\d{1,3}(?:\.\d{1,3}){3}\b|https?:\/\//

/** Looks at each rendition whose init could be read. */
const each =
  (look: (rendition: Rendition & { init: NonNullable<Rendition['init']> }) => string[], of: (presentation: Presentation) => readonly Rendition[]) =>
  (presentation: Presentation) =>
    of(presentation).flatMap((rendition) => (rendition.init ? look({ ...rendition, init: rendition.init }).map((what) => `${rendition.name}: ${what}`) : []))

const all = ({ renditions }: Presentation) => renditions

export const boxRules: Rule[] = [
  {
    number: 26,
    name: 'init-segment',
    level: 'must',
    source: 'RFC 8216bis 3.1.2; ISO/IEC 23000-19 7.3',
    check: (of) => [
      ...of.renditions.filter(({ init }) => !init).map(({ name }) => `${name}: no init segment`),
      ...each(
        ({ init }) => [
          ...(init.types.join() === 'ftyp,moov' ? [] : [`boxes ${init.types}`]),
          ...(init.tracks === 1 ? [] : [`${init.tracks} tracks`]),
          ...(init.hasExtends ? [] : ['no mvex/trex']),
          ...(init.samples === 0 ? [] : ['samples in the init segment']),
          ...editsOf(init),
        ],
        all,
      )(of),
    ],
  },
  {
    number: 27,
    name: 'fragments',
    level: 'must',
    source: 'ISO/IEC 14496-12 8.8; ISO/IEC 23000-19 7.3.2; RFC 8216bis 3.1.2',
    check: (of) => [
      ...of.renditions.flatMap(({ name, segments }) => segments.flatMap(({ unreadable, encrypted }, at) => (unreadable && !encrypted ? [`${name}: segment ${at} ${unreadable}`] : []))),
      ...each(fragmentsOf, (presentation) => readable(presentation.renditions))(of),
    ],
  },
  {
    number: 31,
    name: 'sound-continuity',
    level: 'must',
    source: 'ISO/IEC 14496-12 8.6.6; Apple HLS authoring 2.x',
    check(of) {
      const [sounds, longest] = [readable(soundsOf(of)), Math.max(0, ...readable(pictures(of)).map(secondsOf))]
      if (sounds.length === 0) return { notApplicable: 'no sound' }
      return sounds.flatMap((rendition) => {
        const { name, init, segments, playlist } = rendition
        const priming = init?.edits && init.edits.length > 0 ? init.edits[0]!.mediaTime : 0
        const heard = secondsOf(rendition) - priming / (init?.timescale ?? 1)
        const silent = segments.flatMap(({ fragments }, at) => (fragments.every(({ samples }) => samples.every(({ data }) => data.length > 0)) ? [] : [`${name}: an empty sample in segment ${at}`]))
        return longest > 0 && isWhole(of) && Math.abs(heard - longest) >= playlist.targetDuration ? [...silent, `${name}: ends at ${heard}, the picture at ${longest}`] : silent
      })
    },
  },
  {
    number: 35,
    name: 'no-metadata',
    level: 'must',
    source: 'nothing of the machine or the people that made a file is in it',
    check: each(
      ({ init }) => [...init.metadata.map((type) => `a ${type} box`), ...(ADDRESS.test(init.words) ? ['an address in the init segment'] : [])],
      all,
    ),
  },
]

/** Players of MSE ignore or misplace what an edit list does beyond cutting the encoder's priming. */
function editsOf({ kind, edits }: NonNullable<Rendition['init']>): string[] {
  if (!edits || edits.length === 0) return []
  const [first] = edits
  const allowed = kind === 'video' ? [0] : [0, PRIMING_SAMPLES]
  return edits.length === 1 && allowed.includes(first!.mediaTime) ? [] : [`edits ${edits.map(({ mediaTime }) => mediaTime)}`]
}

function fragmentsOf({ segments }: Rendition): string[] {
  const wrong: string[] = []
  let [decodeTime, sequence] = [0, 0]
  for (const [at, segment] of segments.entries()) {
    const order = segment.types.filter((type) => type !== 'styp').join()
    if (!/^(moof,mdat)(,moof,mdat)*$/.test(order)) wrong.push(`segment ${at} has boxes ${segment.types}`)
    let end = decodeTime
    for (const fragment of segment.fragments) {
      if (fragment.tfdtVersion !== 1) wrong.push(`segment ${at}: tfdt of version ${fragment.tfdtVersion}`)
      if (!fragment.defaultBaseIsMoof) wrong.push(`segment ${at}: offsets do not count from the moof`)
      if (fragment.sequence <= sequence) wrong.push(`segment ${at}: sequence number ${fragment.sequence} after ${sequence}`)
      if (fragment.decodeTime !== end) wrong.push(`segment ${at}: decode time ${fragment.decodeTime}, not ${end}`)
      sequence = fragment.sequence
      end += fragment.samples.reduce((sum, { duration }) => sum + duration, 0)
    }
    decodeTime += ticksOf(segment)
  }
  return wrong
}
