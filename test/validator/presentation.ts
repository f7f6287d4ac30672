/** Everything a master playlist leads to, fetched once: playlists, init and media segments, decrypted and read. */
import { createDecipheriv } from 'node:crypto'
import * as parser from 'hls-parser'
import { type Fragment, type Init, readInit, readSegment } from './boxes.ts'
import type { Answer, Fetch } from './fetched.ts'
import { named, type Tag, tagsOf } from './tags.ts'

export interface MediaSegment {
  url: URL
  /** EXTINF, seconds. */
  claimed: number
  /** As stored, encrypted or not. */
  bytes: number
  encrypted: boolean
  types: string[]
  fragments: Fragment[]
  /** Why it cannot be read; null when it can. */
  unreadable: string | null
}

export interface Rendition {
  /** For people: the playlist's file name. */
  name: string
  url: URL
  text: string
  tags: Tag[]
  playlist: parser.types.MediaPlaylist
  init: Init | null
  segments: MediaSegment[]
}

export interface Variant {
  tag: Tag
  rendition: Rendition
  /** Sounds of the group it names. */
  sounds: Rendition[]
}

export interface Presentation {
  url: URL
  text: string
  tags: Tag[]
  variants: Variant[]
  /** EXT-X-MEDIA with an address, by tag. */
  media: { tag: Tag; rendition: Rendition }[]
  renditions: Rendition[]
  /** Everything that was fetched, with what it should be. */
  fetched: { url: URL; kind: 'playlist' | 'media' | 'key' | 'text' | 'dash'; answer: Answer }[]
  /** Texts of EXT-X-MEDIA:TYPE=SUBTITLES segments. */
  subtitles: { url: URL; text: string }[]
  mpd: { url: URL; text: string } | null
  /** Picture frames of every rung, where the caller knows them. */
  frames: number | null
}

parser.setOptions({ silent: true })

/** Walks a presentation from its master playlist. `mpd` is where its DASH manifest lies, if it has one. */
export async function loadPresentation(fetch: Fetch, master: URL, { mpd = null as URL | null, frames = null as number | null } = {}): Promise<Presentation> {
  const fetched: Presentation['fetched'] = []
  const seen = new Map<string, Promise<Answer>>()
  const get = (url: URL, kind: Presentation['fetched'][number]['kind']): Promise<Answer> => {
    const known = seen.get(url.href)
    if (known) return known
    const answer = fetch(url)
    seen.set(url.href, answer)
    return answer.then((one) => {
      fetched.push({ url, kind, answer: one })
      return one
    })
  }
  const text = (await get(master, 'playlist')).bytes.toString()
  const tags = tagsOf(text)
  const streams = named(tags, 'EXT-X-STREAM-INF')
  const sounds = named(tags, 'EXT-X-MEDIA').filter(({ attributes }) => attributes.has('URI') && attributes.get('TYPE') === 'AUDIO')
  const renditions = new Map<string, Rendition>()
  for (const uri of [...streams.map((tag) => tag.uri), ...sounds.map(({ attributes }) => attributes.get('URI')!)]) {
    const url = new URL(uri, master)
    if (!renditions.has(url.href)) renditions.set(url.href, await loadRendition(url, get))
  }
  const at = (uri: string) => renditions.get(new URL(uri, master).href)!
  const media = sounds.map((tag) => ({ tag, rendition: at(tag.attributes.get('URI')!) }))
  const variants = streams.map((tag) => ({
    tag,
    rendition: at(tag.uri),
    sounds: media.filter((one) => one.tag.attributes.get('GROUP-ID') === tag.attributes.get('AUDIO')).map(({ rendition }) => rendition),
  }))
  return {
    url: master,
    text,
    tags,
    variants,
    media,
    renditions: [...renditions.values()],
    fetched,
    subtitles: await loadSubtitles(tags, master, get),
    mpd: mpd && { url: mpd, text: (await get(mpd, 'dash')).bytes.toString() },
    frames,
  }
}

type Get = (url: URL, kind: Presentation['fetched'][number]['kind']) => Promise<Answer>

async function loadRendition(url: URL, get: Get): Promise<Rendition> {
  const text = (await get(url, 'playlist')).bytes.toString()
  const playlist = parser.parse(text) as parser.types.MediaPlaylist
  const map = playlist.segments?.find((segment) => segment.map)?.map.uri
  const initBytes = map === undefined ? null : (await get(new URL(map, url), 'media')).bytes
  const init = initBytes && readInit(initBytes)
  const segments: MediaSegment[] = []
  for (const [index, segment] of (playlist.segments ?? []).entries()) {
    const stored = await get(new URL(segment.uri, url), 'media')
    const encrypted = (segment.key?.method ?? 'NONE') !== 'NONE'
    const clear = encrypted ? await decrypt(stored.bytes, segment, url, (playlist.mediaSequenceBase ?? 0) + index, get) : stored.bytes
    const read = typeof clear === 'string' ? clear : init ? readSegment(clear, init.bytes) : 'has no init segment'
    const found = typeof read === 'string' ? { types: [], fragments: [], unreadable: read } : { ...read, unreadable: null }
    segments.push({ url: new URL(segment.uri, url), claimed: segment.duration, bytes: stored.bytes.length, encrypted, ...found })
  }
  return { name: url.pathname.split('/').at(-1) ?? '', url, text, tags: tagsOf(text), playlist, init, segments }
}

/** AES-128-CBC with PKCS7; without an IV the segment's media sequence number is it (RFC 8216bis 4.4.4.4, 6.3.6). */
async function decrypt(bytes: Buffer, segment: parser.types.Segment, base: URL, number: number, get: Get): Promise<Buffer | string> {
  const key = await get(new URL(segment.key?.uri ?? '', base), 'key')
  if (key.bytes.length !== 16) return `its key has ${key.bytes.length} bytes`
  const iv = segment.key?.iv ? Buffer.from(segment.key.iv) : Buffer.alloc(16)
  if (!segment.key?.iv) iv.writeUInt32BE(number, 12)
  try {
    const decipher = createDecipheriv('aes-128-cbc', key.bytes, iv)
    return Buffer.concat([decipher.update(bytes), decipher.final()])
  } catch (error) {
    return `its key does not open it: ${(error as Error).message}`
  }
}

async function loadSubtitles(tags: Tag[], master: URL, get: Get): Promise<Presentation['subtitles']> {
  const found: Presentation['subtitles'] = []
  for (const { attributes } of named(tags, 'EXT-X-MEDIA').filter((tag) => tag.attributes.get('TYPE') === 'SUBTITLES')) {
    const url = new URL(attributes.get('URI') ?? '', master)
    const playlist = parser.parse((await get(url, 'playlist')).bytes.toString()) as parser.types.MediaPlaylist
    for (const { uri } of playlist.segments ?? []) {
      const at = new URL(uri, url)
      found.push({ url: at, text: (await get(at, 'text')).bytes.toString() })
    }
  }
  return found
}

export const pictures = (of: Presentation): Rendition[] => [...new Set(of.variants.map(({ rendition }) => rendition))].filter(({ init }) => init?.kind === 'video')
export const soundsOf = (of: Presentation): Rendition[] => of.renditions.filter(({ init }) => init?.kind === 'audio')
/** Whether all of it is there: no playlist will grow. */
export const isWhole = (of: Presentation): boolean => of.renditions.every(({ tags }) => named(tags, 'EXT-X-ENDLIST').length > 0)
/** Renditions whose boxes can be looked into. */
export const readable = (renditions: readonly Rendition[]): Rendition[] => renditions.filter(({ init, segments }) => init && segments.every(({ unreadable }) => unreadable === null))
export const ticksOf = ({ fragments }: MediaSegment): number => fragments.reduce((sum, { samples }) => samples.reduce((s, { duration }) => s + duration, sum), 0)
export const secondsOf = (rendition: Rendition): number => rendition.segments.reduce((sum, segment) => sum + ticksOf(segment), 0) / (rendition.init?.timescale ?? 1)
/** How long one picture frame lasts, in seconds. */
export const frameSeconds = ({ init, segments }: Rendition): number => (segments[0]?.fragments[0]?.samples[0]?.duration ?? 0) / (init?.timescale ?? 1)
