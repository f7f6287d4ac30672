/** Matroska as recorders leave it behind: without duration and index (RFC 8794, RFC 9559). Pure, over the file's first and last bytes. */

const ID = {
  ebml: 0x1a45dfa3,
  segment: 0x18538067,
  info: 0x1549a966,
  timestampScale: 0x2ad7b1,
  duration: 0x4489,
  tracks: 0x1654ae6b,
  track: 0xae,
  trackNumber: 0xd7,
  trackType: 0x83,
  cluster: 0x1f43b675,
  timestamp: 0xe7,
  simpleBlock: 0xa3,
  blockGroup: 0xa0,
  block: 0xa1,
} as const
const CLUSTER_START = Buffer.from([0x1f, 0x43, 0xb6, 0x75])
const VIDEO = 1

export interface MatroskaHead {
  /** Recorders that could not go back to the beginning left it out, and the index with it. */
  hasDuration: boolean
  secondsPerTick: number
  /** Number of the first picture track; null without one. */
  pictureTrack: number | null
}

interface Element {
  id: number
  content: Buffer
}

/** What a file's first bytes say; null when it is no Matroska. */
export function matroskaHead(bytes: Buffer): MatroskaHead | null {
  if (bytes.length < 4 || bytes.readUInt32BE(0) !== ID.ebml) return null
  const found: MatroskaHead = { hasDuration: false, secondsPerTick: 0.001, pictureTrack: null }
  const segment = elementsIn(bytes).find(({ id }) => id === ID.segment)
  for (const { id, content } of elementsIn(segment?.content ?? Buffer.alloc(0))) {
    if (id === ID.cluster) break
    if (id === ID.info) {
      const info = elementsIn(content)
      found.hasDuration = info.some((one) => one.id === ID.duration)
      const scale = info.find((one) => one.id === ID.timestampScale)
      if (scale) found.secondsPerTick = unsigned(scale.content) / 1e9
    }
    if (id === ID.tracks) found.pictureTrack = firstPicture(content)
  }
  return found
}

function firstPicture(tracks: Buffer): number | null {
  for (const { id, content } of elementsIn(tracks)) {
    if (id !== ID.track) continue
    const members = elementsIn(content)
    const [number, type] = [ID.trackNumber, ID.trackType].map((wanted) => members.find((one) => one.id === wanted))
    if (number && type && unsigned(type.content) === VIDEO) return unsigned(number.content)
  }
  return null
}

/** When the last block begins, in seconds on the file's clock, of one track or of any; null when `tail` holds no whole cluster's beginning. */
export function lastBlockSeconds(tail: Buffer, secondsPerTick: number, track: number | null): number | null {
  for (let at = tail.lastIndexOf(CLUSTER_START); at >= 0; at = at === 0 ? -1 : tail.lastIndexOf(CLUSTER_START, at - 1)) {
    const cluster = elementsIn(tail.subarray(at))[0]
    const members = elementsIn(cluster?.content ?? Buffer.alloc(0))
    const start = members.find(({ id }) => id === ID.timestamp)
    const blocks = members.flatMap((member) => (member.id === ID.blockGroup ? elementsIn(member.content) : [member]))
    const times = blocks.flatMap(({ id, content }) => (id === ID.simpleBlock || id === ID.block ? blockTime(content, track) : []))
    if (start && times.length > 0) return (unsigned(start.content) + times.reduce((latest, time) => Math.max(latest, time))) * secondsPerTick
  }
  return null
}

/** Ticks after the cluster's own; none for another track's block. */
function blockTime(block: Buffer, track: number | null): number[] {
  const number = vint(block, 0, true)
  if (!number || number.end + 2 > block.length || (track !== null && number.value !== track)) return []
  return [block.readInt16BE(number.end)]
}

/** Elements side by side. One that is longer than the bytes at hand, or of unknown size, takes all that is left. */
function elementsIn(bytes: Buffer): Element[] {
  const found: Element[] = []
  for (let at = 0; at < bytes.length; ) {
    const id = vint(bytes, at, false)
    const size = id && vint(bytes, id.end, true)
    if (!id || !size) break
    const end = size.unknown ? bytes.length : Math.min(bytes.length, size.end + size.value)
    found.push({ id: id.value, content: bytes.subarray(size.end, end) })
    at = end
  }
  return found
}

/** A variable-length integer (RFC 8794 section 4); ids keep their marker bit. Null past the end. */
function vint(bytes: Buffer, at: number, unmarked: boolean): { value: number; end: number; unknown: boolean } | null {
  const first = bytes[at]
  if (!first) return null
  const length = Math.clz32(first) - 23
  if (at + length > bytes.length) return null
  const marker = 0x80 >> (length - 1)
  let value = unmarked ? first & (marker - 1) : first
  let unknown = (first & (marker - 1)) === marker - 1
  for (const byte of bytes.subarray(at + 1, at + length)) {
    value = value * 256 + byte
    unknown &&= byte === 0xff
  }
  return { value, end: at + length, unknown }
}

const unsigned = (bytes: Buffer): number => bytes.reduce((value, byte) => value * 256 + byte, 0)
