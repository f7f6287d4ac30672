/** Rules of the multivariant playlist's text. */
import { named } from '../tags.ts'
import type { Rule } from '../rule.ts'

/** BCP-47 as far as a shape tells (RFC 5646 section 2.1). */
const LANGUAGE = /^[a-z]{2,3}(-[A-Za-z0-9]{1,8})*$/
const GROUP_KINDS = ['AUDIO', 'SUBTITLES', 'VIDEO', 'CLOSED-CAPTIONS']
/** Where a player should begin: about 2 Mb/s. */
const START_BPS = 2_500_000

const number = (text: string | undefined) => Number(text ?? Number.NaN)

export const masterRules: Rule[] = [
  {
    number: 1,
    name: 'master-syntax',
    level: 'must',
    source: 'RFC 8216bis 4.4.1.1, 4.4.1.2, 4.1',
    check: ({ text, tags }) => [
      ...(/^#EXTM3U\r?\n/.test(text) ? [] : ['the first line is not #EXTM3U']),
      ...(named(tags, 'EXT-X-VERSION').length === 1 ? [] : [`${named(tags, 'EXT-X-VERSION').length} EXT-X-VERSION`]),
      ...tags.filter(({ name }) => /^EXT(INF|-X-(TARGETDURATION|MEDIA-SEQUENCE|ENDLIST|PLAYLIST-TYPE|MAP|KEY|BYTERANGE|DISCONTINUITY))$/.test(name)).map(({ name }) => `${name} belongs to media playlists`),
    ],
  },
  {
    number: 2,
    name: 'variant-attributes',
    level: 'must',
    source: 'RFC 8216bis 4.4.6.2; Apple HLS authoring 9.x',
    check: ({ variants }) =>
      variants.flatMap(({ tag: { attributes, uri }, rendition: { init, segments } }) => {
        const seen = init?.kind === 'video' ? ['RESOLUTION', 'FRAME-RATE'] : []
        const missing = ['BANDWIDTH', 'AVERAGE-BANDWIDTH', 'CODECS', ...seen].filter((name) => !attributes.has(name)).map((name) => `${uri} has no ${name}`)
        if (init?.kind !== 'video') return missing
        const [size, samples] = [`${init.width}x${init.height}`, segments[0]?.fragments[0]?.samples ?? []]
        const rate = samples[0] && (init.timescale / samples[0].duration).toFixed(3)
        return [
          ...missing,
          ...(missing.length === 0 && attributes.get('RESOLUTION') !== size ? [`${uri} has RESOLUTION ${attributes.get('RESOLUTION')}, its picture is ${size}`] : []),
          ...(missing.length === 0 && rate && number(attributes.get('FRAME-RATE')).toFixed(3) !== rate ? [`${uri} has FRAME-RATE ${attributes.get('FRAME-RATE')}, its frames come at ${rate}`] : []),
        ]
      }),
  },
  {
    number: 6,
    name: 'independent-segments',
    level: 'must',
    source: 'RFC 8216bis 4.4.2.1; Apple HLS authoring 9.13',
    check: ({ tags }) => (named(tags, 'EXT-X-INDEPENDENT-SEGMENTS').length === 1 ? [] : ['the master playlist does not say it']),
  },
  {
    number: 7,
    name: 'groups-exist',
    level: 'must',
    source: 'RFC 8216bis 4.4.6.2',
    check({ tags }) {
      const [media, streams] = [named(tags, 'EXT-X-MEDIA'), named(tags, 'EXT-X-STREAM-INF')]
      const defined = new Set(media.map(({ attributes }) => `${attributes.get('TYPE')} ${attributes.get('GROUP-ID')}`))
      const referenced = new Set(streams.flatMap(({ attributes }) => GROUP_KINDS.filter((kind) => (attributes.get(kind) ?? 'NONE') !== 'NONE').map((kind) => `${kind} ${attributes.get(kind)}`)))
      return [
        ...[...referenced].filter((group) => !defined.has(group)).map((group) => `${group} is named and nowhere defined`),
        ...[...defined].filter((group) => !referenced.has(group)).map((group) => `${group} is defined and never named`),
      ]
    },
  },
  {
    number: 8,
    name: 'media-attributes',
    level: 'must',
    source: 'RFC 8216bis 4.4.6.1',
    check({ tags }) {
      const media = named(tags, 'EXT-X-MEDIA')
      if (media.length === 0) return { notApplicable: 'no EXT-X-MEDIA' }
      const groups = Map.groupBy(media, ({ attributes }) => `${attributes.get('TYPE')} ${attributes.get('GROUP-ID')}`)
      const members = [...groups.values()].map((group) => group.map(({ attributes }) => `${attributes.get('NAME')} ${attributes.get('LANGUAGE')} ${attributes.get('DEFAULT')}`).sort().join())
      const ofType = [...groups.keys()].map((key) => key.split(' ')[0]!)
      return [
        ...media.flatMap(({ attributes }) => {
          const wanted = ['TYPE', 'GROUP-ID', 'NAME', ...(attributes.get('TYPE') === 'AUDIO' ? ['CHANNELS'] : [])]
          const language = attributes.get('LANGUAGE')
          return [
            ...wanted.filter((name) => !attributes.get(name)).map((name) => `${attributes.get('NAME')} has no ${name}`),
            ...(language !== undefined && !LANGUAGE.test(language) ? [`LANGUAGE ${language} is not BCP-47`] : []),
            ...(attributes.get('DEFAULT') === 'YES' && attributes.get('AUTOSELECT') !== 'YES' ? [`${attributes.get('NAME')} is DEFAULT, not AUTOSELECT`] : []),
          ]
        }),
        ...[...groups].flatMap(([key, group]) => [
          ...(new Set(group.map(({ attributes }) => attributes.get('NAME'))).size === group.length ? [] : [`${key}: a NAME twice`]),
          ...(group.filter(({ attributes }) => attributes.get('DEFAULT') === 'YES').length <= 1 ? [] : [`${key}: two DEFAULT`]),
        ]),
        ...members.flatMap((list, at) => (list === members[ofType.indexOf(ofType[at]!)] ? [] : [`${[...groups.keys()][at]} has other members than the group before it`])),
      ]
    },
  },
  {
    number: 9,
    name: 'no-duplicate-variants',
    level: 'must',
    source: 'Apple HLS authoring 9.x',
    check({ variants }) {
      const keys = variants.map(({ tag: { attributes } }) => ['BANDWIDTH', 'RESOLUTION', 'CODECS'].map((name) => attributes.get(name)).join(' '))
      return keys.filter((key, at) => keys.indexOf(key) !== at).map((key) => `twice: ${key}`)
    },
  },
  {
    number: 10,
    name: 'first-variant',
    level: 'should',
    source: 'Apple HLS authoring 9.15',
    check({ variants }) {
      const average = (variant: (typeof variants)[number]) => number(variant.tag.attributes.get('AVERAGE-BANDWIDTH'))
      const [first] = variants
      if (!first || variants.length === 1) return { notApplicable: 'one variant' }
      const lowest = Math.min(...variants.map(average))
      return average(first) <= START_BPS || average(first) === lowest ? [] : [`starts with ${average(first)} b/s`]
    },
  },
  {
    number: 11,
    name: 'trick-play',
    level: 'should',
    source: 'Apple HLS authoring 6.1',
    check({ tags, renditions }) {
      if (named(tags, 'EXT-X-I-FRAME-STREAM-INF').length > 0) return []
      if (renditions.some(({ segments }) => segments.some(({ encrypted }) => encrypted))) return { notApplicable: 'byte ranges of AES-128 segments cannot be decrypted' }
      return ['no EXT-X-I-FRAME-STREAM-INF']
    },
  },
]
