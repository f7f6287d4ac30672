/** Rules of media playlists: their text, and their times against the samples. */
import { frameSeconds, type Presentation, readable, type Rendition, secondsOf, ticksOf } from '../presentation.ts'
import type { Rule } from '../rule.ts'
import { named } from '../tags.ts'

/** Looks at each media playlist; what it says is said with the playlist's name. */
const each =
  (look: (rendition: Rendition) => string[], of: (presentation: Presentation) => readonly Rendition[] = ({ renditions }) => renditions) =>
  (presentation: Presentation) =>
    of(presentation).flatMap((rendition) => look(rendition).map((what) => `${rendition.name}: ${what}`))

const value = ({ tags }: Rendition, name: string) => named(tags, name)[0]?.value
const typeOf = (rendition: Rendition) => value(rendition, 'EXT-X-PLAYLIST-TYPE')
/** Order of tags in the text: -1 where there is none. */
const place = ({ tags }: Rendition, name: string) => tags.findIndex((tag) => tag.name === name)

export const mediaRules: Rule[] = [
  {
    number: 14,
    name: 'target-duration',
    level: 'must',
    source: 'RFC 8216bis 4.4.3.1',
    check: each((rendition) => {
      const target = value(rendition, 'EXT-X-TARGETDURATION') ?? 'missing'
      const longest = Math.max(0, ...rendition.segments.map(({ claimed }) => Math.round(claimed)))
      return /^[1-9]\d*$/.test(target) && Number(target) >= longest ? [] : [`target ${target}, longest segment ${longest}`]
    }),
  },
  {
    number: 15,
    name: 'version',
    level: 'must',
    source: 'RFC 8216bis 8',
    check: each((rendition) => (place(rendition, 'EXT-X-MAP') < 0 || Number(value(rendition, 'EXT-X-VERSION')) >= 6 ? [] : ['EXT-X-MAP needs version 6'])),
  },
  {
    number: 16,
    name: 'map-first',
    level: 'must',
    source: 'RFC 8216bis 4.4.4.5, 3.1.2',
    check: each((rendition) => (place(rendition, 'EXT-X-MAP') >= 0 && place(rendition, 'EXT-X-MAP') < place(rendition, 'EXTINF') ? [] : ['no EXT-X-MAP before the first segment'])),
  },
  {
    number: 17,
    name: 'playlist-type',
    level: 'must',
    source: 'RFC 8216bis 4.4.3.5, 6.2.1',
    check: each((rendition) => [
      ...(['VOD', 'EVENT'].includes(typeOf(rendition) ?? '') ? [] : [`type ${typeOf(rendition)}`]),
      ...(typeOf(rendition) === 'VOD' && place(rendition, 'EXT-X-ENDLIST') < 0 ? ['VOD without ENDLIST'] : []),
    ]),
  },
  {
    number: 18,
    name: 'media-sequence',
    level: 'must',
    source: 'RFC 8216bis 4.4.3.2, 4.4.3.5',
    check: each((rendition) => ((value(rendition, 'EXT-X-MEDIA-SEQUENCE') ?? '0') === '0' ? [] : [`starts at ${value(rendition, 'EXT-X-MEDIA-SEQUENCE')}`])),
  },
  {
    number: 19,
    name: 'segment-durations',
    level: 'must',
    source: 'RFC 8216bis 4.4.4.1',
    check: each(
      (rendition) => {
        const scale = rendition.init?.timescale ?? 1
        const off = rendition.segments.findIndex((segment) => Math.abs(segment.claimed - ticksOf(segment) / scale) > 0.001)
        const sum = rendition.segments.reduce((all, { claimed }) => all + claimed, 0)
        return [
          ...(off < 0 ? [] : [`segment ${off} lasts ${ticksOf(rendition.segments[off]!) / scale} s, EXTINF says ${rendition.segments[off]!.claimed}`]),
          ...(Math.abs(sum - secondsOf(rendition)) <= frameSeconds(rendition) ? [] : [`all last ${secondsOf(rendition)} s, the playlist says ${sum}`]),
        ]
      },
      ({ renditions }) => readable(renditions),
    ),
  },
  {
    number: 21,
    name: 'even-segments',
    level: 'must',
    source: 'Apple HLS authoring 7.x',
    check: each(({ segments, playlist: { targetDuration } }) =>
      segments.slice(0, -1).flatMap(({ claimed }, at) => (claimed >= 0.5 * targetDuration && claimed <= 1.5 * targetDuration ? [] : [`segment ${at} lasts ${claimed} s of ${targetDuration}`])),
    ),
  },
  {
    number: 22,
    name: 'no-discontinuity',
    level: 'must',
    source: 'RFC 8216bis 4.4.4.3; one asset is one timeline',
    check: each((rendition) => (place(rendition, 'EXT-X-DISCONTINUITY') < 0 ? [] : ['EXT-X-DISCONTINUITY'])),
  },
  { number: 23, name: 'addresses', level: 'must', source: 'RFC 8216bis 4.1, 6.2.1; CORS', check: addresses },
  {
    number: 24,
    name: 'keys',
    level: 'must',
    source: 'RFC 8216bis 4.4.4.4, 4.4.4.5',
    check(of) {
      const encrypted = of.renditions.filter((rendition) => place(rendition, 'EXT-X-KEY') >= 0)
      if (encrypted.length === 0) return { notApplicable: 'nothing is encrypted' }
      return each((rendition) => [
        ...named(rendition.tags, 'EXT-X-KEY').flatMap(({ attributes }) => [
          ...(['NONE', 'AES-128'].includes(attributes.get('METHOD') ?? '') ? [] : [`METHOD ${attributes.get('METHOD')}`]),
          ...(attributes.get('METHOD') !== 'NONE' && !attributes.get('URI') ? ['a key without URI'] : []),
          ...(/^0x[0-9a-f]{32}$/i.test(attributes.get('IV') ?? `0x${'0'.repeat(32)}`) ? [] : [`IV ${attributes.get('IV')}`]),
          ...(place(rendition, 'EXT-X-KEY') < place(rendition, 'EXT-X-MAP') && !attributes.has('IV') ? ['the init segment is encrypted and its key has no IV'] : []),
        ]),
        ...rendition.segments.flatMap(({ unreadable, encrypted }, at) => (encrypted && unreadable ? [`segment ${at} ${unreadable}`] : [])),
      ])({ ...of, renditions: encrypted })
    },
  },
  {
    number: 25,
    name: 'compression',
    level: 'must',
    source: 'RFC 8216bis 4: gzip is allowed on playlists',
    check: () => ({ notApplicable: 'it allows, and demands nothing' }),
  },
]

const TYPES = {
  playlist: /^(application\/vnd\.apple\.mpegurl|audio\/mpegurl)\b/,
  media: /^(video|audio)\/(mp4|iso\.segment)\b/,
  key: /^application\/octet-stream\b/,
  text: /^text\/vtt\b/,
  dash: /^application\/dash\+xml\b/,
}

/** Every address is there, says what it is, and may be read by a page of another site; none carries a secret in its query. */
function addresses({ fetched, text, renditions }: Presentation): string[] {
  const written = [text, ...renditions.map((rendition) => rendition.text)].flatMap((one) => [...one.split('\n').filter((line) => line && !line.startsWith('#')), ...[...one.matchAll(/URI="([^"]*)"/g)].map(([, uri]) => uri!)])
  return [
    ...written.filter((uri) => /[?#@]|^http:/.test(uri)).map((uri) => `${uri} is not an address relative to its playlist, without a query`),
    ...fetched.flatMap(({ url, kind, answer: { status, headers } }) => {
      if (status !== 200) return [`${url.pathname} answers ${status}`]
      if (!headers) return []
      const type = headers.get('Content-Type') ?? 'none'
      return [
        ...(TYPES[kind].test(type) ? [] : [`${url.pathname} has the content type ${type}`]),
        ...(headers.get('Access-Control-Allow-Origin') === '*' ? [] : [`${url.pathname} is closed to pages of other sites`]),
      ]
    }),
  ]
}
