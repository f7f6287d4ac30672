/** The DASH manifest against the schema's order and against the HLS table of the same segments. */
import { parse } from 'mpd-parser'
import type { Presentation } from '../presentation.ts'
import { ticksOf } from '../presentation.ts'
import type { Rule } from '../rule.ts'

/** Children of each element in the order of the schema (ISO/IEC 23009-1:2019 annex B), as far as we write them. */
const CHILDREN: Record<string, string[]> = {
  MPD: ['Period'],
  Period: ['AdaptationSet'],
  AdaptationSet: ['AudioChannelConfiguration', 'SupplementalProperty', 'Label', 'Role', 'Representation'],
  Representation: ['SegmentList'],
  SegmentList: ['Initialization', 'SegmentTimeline', 'SegmentURL'],
  SegmentTimeline: ['S'],
}
const REQUIRED: Record<string, string[]> = { MPD: ['xmlns', 'profiles', 'minBufferTime', 'type', 'mediaPresentationDuration'], Representation: ['id', 'bandwidth', 'codecs'], S: ['d'], SegmentURL: ['media'] }

export const manifestRules: Rule[] = [
  {
    number: 34,
    name: 'dash',
    level: 'must',
    source: 'ISO/IEC 23009-1:2019',
    check(of) {
      if (!of.mpd) return { notApplicable: 'no DASH manifest' }
      const schema = schemaOf(of.mpd.text)
      return schema.length > 0 ? schema : tableOf(of, of.mpd)
    },
  },
]

/** Elements nest and follow one another as the schema wants, with their required attributes. */
function schemaOf(text: string): string[] {
  const wrong: string[] = []
  const open: { name: string; last: number }[] = []
  for (const [, closing, name = '', attributes = '', empty] of text.replace(/<\?.*?\?>/, '').matchAll(/<(\/?)([A-Za-z]+)((?:\s+[\w:]+="[^"<]*")*)\s*(\/?)>/g)) {
    const parent = open.at(-1)
    if (closing) {
      if (parent?.name !== name) wrong.push(`</${name}> closes ${parent?.name}`)
      open.pop()
      continue
    }
    const place = parent ? (CHILDREN[parent.name] ?? []).indexOf(name) : 0
    if (parent && (place < 0 || place < parent.last)) wrong.push(`${name} is out of place in ${parent.name}`)
    if (parent) parent.last = place
    for (const wanted of REQUIRED[name] ?? []) if (!new RegExp(`\\b${wanted}="`).test(attributes)) wrong.push(`${name} without ${wanted}`)
    if (!empty) open.push({ name, last: 0 })
  }
  return open.length > 0 ? [...wrong, `${open.at(-1)?.name} is not closed`] : wrong
}

interface DashPlaylist {
  attributes: { CODECS: string; BANDWIDTH: number; NAME: string }
  segments: { resolvedUri: string; duration: number; presentationTime: number }[]
}

/** Each representation has the segments of the HLS playlist of its name, contiguous, as long as they are. */
function tableOf({ renditions }: Presentation, { url, text }: { url: URL; text: string }): string[] {
  const read = parse(text, { manifestUri: url.href }) as unknown as { playlists: DashPlaylist[]; mediaGroups: { AUDIO: Record<string, Record<string, { playlists: DashPlaylist[] }>> } }
  const sounds = Object.values(read.mediaGroups.AUDIO).flatMap((group) => Object.values(group).flatMap(({ playlists }) => playlists))
  const all = [...new Set([...read.playlists, ...sounds])]
  const inText = [...text.matchAll(/<Representation id="([^"]*)"/g)].map(([, id]) => id!)
  return [
    ...renditions.filter(({ name }) => !inText.includes(name.replace('.m3u8', ''))).map(({ name }) => `${name} is not in the manifest`),
    ...all.flatMap(({ attributes: { NAME }, segments }) => {
      const hls = renditions.find(({ name }) => name === `${NAME}.m3u8`)
      if (!hls) return [`${NAME} is not in the playlists`]
      const scale = hls.init?.timescale ?? 1
      let start = 0
      if (segments.length !== hls.segments.length) return [`${NAME} has ${segments.length} segments, HLS ${hls.segments.length}`]
      return segments.flatMap(({ resolvedUri, duration, presentationTime }, at) => {
        const its = hls.segments[at]!
        const off = [
          ...(resolvedUri === its.url.href ? [] : [`${NAME}: segment ${at} is ${resolvedUri}`]),
          ...(Math.abs(duration - ticksOf(its) / scale) < 1e-6 ? [] : [`${NAME}: segment ${at} lasts ${duration}`]),
          ...(Math.abs(presentationTime - start) < 1e-6 ? [] : [`${NAME}: segment ${at} begins at ${presentationTime}`]),
        ]
        start += ticksOf(its) / scale
        return off
      })
    }),
  ]
}
