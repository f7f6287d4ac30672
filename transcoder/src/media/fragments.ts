/**
 * Fragmented MP4 (ISO/IEC 14496-12 section 8.8) as browsers record it, OBS leaves it behind and streams are kept: the index lies in pieces
 * all over the file. Pure, over its first and last bytes.
 */
import { boxesIn, findBox } from './cmaf/boxes.ts'

/** More than any fragment has tracks and bytes of index, and than have to be looked at to find the last of each kind. A hostile file is read no further. */
const [MAX_CHILDREN, MAX_INDEX_BYTES, MAX_FRAGMENTS] = [100, 1024 * 1024, 500]

export const FRAGMENT_KINDS = ['video', 'audio'] as const
type Kind = (typeof FRAGMENT_KINDS)[number]
/** When a fragment's pictures, or sounds, begin and end: seconds on the clock of the file's tracks, before any edit list. */
export type Times = Partial<Record<Kind, { from: number; to: number }>>

export interface FragmentTimes {
  /** Without those that the first fragment does not hold. */
  first: Times
  last: Times
}

interface Track {
  id: number
  kind: Kind
  ticksPerSecond: number
  /** How long a sample lasts unless its fragment says otherwise. */
  sampleTicks: number
}

/** The first picture and all sounds, and when the first fragment is; null for any other file, and for one whose index is whole in front. */
export function fragmentsHead(bytes: Buffer, sizeBytes: number): { tracks: Track[]; first: Times } | null {
  let tracks: Track[] = []
  for (const { type, box, end } of boxesIn(bytes)) {
    if (type === 'moov') tracks = tracksIn(box)
    if (tracks.length === 0) continue
    if (type === 'sidx' && end + referredBytes(box) === sizeBytes) return null
    if (type === 'moof') return { tracks, first: timesIn(box, tracks) }
    // Some let the first samples be listed in front: those begin at zero.
    if (type === 'mdat') return { tracks, first: {} }
  }
  return null
}

/** When the last fragment of each kind is that is there with all its data; without those that `tail` does not hold. */
export function lastTimes(tail: Buffer, tracks: readonly Track[]): Times {
  const kinds = new Set(tracks.map(({ kind }) => kind))
  let last: Times = {}
  for (let at = tail.length, seen = 0; at > 0 && seen < MAX_FRAGMENTS; ) {
    at = tail.lastIndexOf('moof', at - 1, 'latin1')
    const [moof, data] = at < 4 ? [] : boxesIn(tail.subarray(at - 4))
    if (moof && moof.box.length <= MAX_INDEX_BYTES && data?.type === 'mdat' && data.isWhole) {
      seen++
      last = { ...timesIn(moof.box, tracks), ...last }
      if ([...kinds].every((kind) => last[kind])) break
    }
  }
  return last
}

function tracksIn(moov: Buffer): Track[] {
  const defaults = new Map<number, number>()
  for (const { type, box } of boxesIn(findBox(moov, 'mvex') ?? Buffer.alloc(0), 8)) {
    if (type === 'trex' && box.length >= 24) defaults.set(box.readUInt32BE(12), box.readUInt32BE(20))
  }
  let pictures = 0
  return [...boxesIn(moov, 8)].slice(0, MAX_CHILDREN).flatMap(({ type, box }) => {
    const [header, media, handler] = [findBox(box, 'tkhd'), findBox(box, 'mdia', 'mdhd'), findBox(box, 'mdia', 'hdlr')]
    if (type !== 'trak' || !header || !media || !handler || Math.min(header.length, media.length, handler.length) < 32) return []
    const id = header.readUInt32BE(header[8] === 1 ? 28 : 20)
    const [kind, sampleTicks] = [{ vide: 'video', soun: 'audio' }[handler.toString('latin1', 16, 20)] as Kind | undefined, defaults.get(id)]
    const ticksPerSecond = media.readUInt32BE(media[8] === 1 ? 28 : 20)
    if (!kind || sampleTicks === undefined || ticksPerSecond === 0 || (kind === 'video' && pictures++ > 0)) return []
    return [{ id, kind, ticksPerSecond, sampleTicks }]
  })
}

function timesIn(moof: Buffer, tracks: readonly Track[]): Times {
  const times: Times = {}
  let children = 0
  for (const { type, box } of boxesIn(moof, 8)) {
    if (++children > MAX_CHILDREN) break
    const header = type === 'traf' ? findBox(box, 'tfhd') : null
    const track = header && header.length >= 16 ? tracks.find(({ id }) => id === header.readUInt32BE(12)) : undefined
    const span = header && track && spanOf(box, header, track)
    if (!span) continue
    const { from, to } = times[track.kind] ?? span
    times[track.kind] = { from: Math.min(from, span.from), to: Math.max(to, span.to) }
  }
  return times
}

/** From the first sample shown to the end of the last; null without samples, or without a time to count from. */
function spanOf(traf: Buffer, header: Buffer, { ticksPerSecond, sampleTicks }: Track): { from: number; to: number } | null {
  const decoded = findBox(traf, 'tfdt')
  if (!decoded || decoded.length < (decoded[8] === 1 ? 20 : 16)) return null
  const flags = header.readUInt32BE(8)
  const defaultAt = 16 + (flags & 0x1 ? 8 : 0) + (flags & 0x2 ? 4 : 0)
  const usual = flags & 0x8 && header.length >= defaultAt + 4 ? header.readUInt32BE(defaultAt) : sampleTicks
  let at = decoded[8] === 1 ? Number(decoded.readBigUInt64BE(12)) : decoded.readUInt32BE(12)
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  const shown = (offset: number, ticks: number) => {
    from = Math.min(from, at + offset)
    at += ticks
    to = Math.max(to, at + offset)
  }
  for (const { type, box } of boxesIn(traf, 8)) {
    if (type !== 'trun' || box.length < 16) continue
    const [members, samples] = [box.readUInt32BE(8), box.readUInt32BE(12)]
    // Of each sample, as far as they are told: duration, size, flags, composition offset.
    const [duration, offset] = [members & 0x100, members & 0x800]
    const entry = [0x100, 0x200, 0x400, 0x800].reduce((bytes, flag) => bytes + (members & flag ? 4 : 0), 0)
    if (!duration && !offset) {
      if (samples > 0) shown(0, usual * samples)
      continue
    }
    const first = 16 + (members & 0x1 ? 4 : 0) + (members & 0x4 ? 4 : 0)
    for (let of = first; of + entry <= box.length && of < first + samples * entry; of += entry) {
      shown(offset ? box.readInt32BE(of + entry - 4) : 0, duration ? box.readUInt32BE(of) : usual)
    }
  }
  return to > from ? { from: from / ticksPerSecond, to: to / ticksPerSecond } : null
}

/** From the end of a segment index on: what it says to lie there (section 8.16.3). ffmpeg finds its way by one that refers to all of the file. */
function referredBytes(sidx: Buffer): number {
  const entries = sidx[8] === 0 ? 32 : 40
  if (sidx.length < entries) return 0
  let bytes = sidx[8] === 0 ? sidx.readUInt32BE(entries - 8) : Number(sidx.readBigUInt64BE(entries - 12))
  for (let at = entries; at + 12 <= sidx.length; at += 12) bytes += sidx.readUInt32BE(at) & 0x7fffffff
  return bytes
}
