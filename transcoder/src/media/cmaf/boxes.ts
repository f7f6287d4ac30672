/** ISO base media file format boxes (ISO/IEC 14496-12), as much as a packager needs. */
import type { Readable } from 'node:stream'

export interface Box {
  type: string
  /** The whole box, header included. */
  bytes: Buffer
}

/** No box we are sent is larger: an mdat holds one GOP of one rung. */
const MAX_BOX_BYTES = 256 * 1024 * 1024

/** Top-level boxes of a stream, one at a time; memory holds no more than one. Throws when the stream ends inside a box. */
export async function* readBoxes(stream: Readable): AsyncGenerator<Box> {
  let parts: Buffer[] = []
  let length = 0
  for await (const part of stream as AsyncIterable<Buffer>) {
    parts.push(part)
    length += part.length
    while (length >= 8) {
      const head = parts[0] && parts[0].length >= 8 ? parts[0] : Buffer.concat(parts)
      const size = head.readUInt32BE(0)
      if (size < 8 || size > MAX_BOX_BYTES) throw new Error(`box of ${size} bytes`)
      if (length < size) break
      const whole = Buffer.concat(parts)
      yield { type: whole.toString('latin1', 4, 8), bytes: whole.subarray(0, size) }
      parts = [whole.subarray(size)]
      length -= size
    }
  }
  if (length > 0) throw new Error('the stream ended inside a box')
}

/** Bytes between a box's header and its first child. */
const CHILDREN_AT: Record<string, number> = {
  moov: 8,
  trak: 8,
  mdia: 8,
  minf: 8,
  stbl: 8,
  stsd: 16,
  moof: 8,
  traf: 8,
  avc1: 86,
  hvc1: 86,
  av01: 86,
  mp4a: 36,
  edts: 8,
  mvex: 8,
}

/** Boxes side by side from `start` on. One that goes on beyond the bytes at hand is the last, and not whole. */
export function* boxesIn(bytes: Buffer, start = 0): Generator<{ type: string; box: Buffer; end: number; isWhole: boolean }> {
  for (let at = start; at + 8 <= bytes.length; ) {
    const told = bytes.readUInt32BE(at)
    // Section 4.2: 1 for a size of 64 bits behind the type, 0 for all that is left.
    const size = told === 1 && at + 16 <= bytes.length ? Number(bytes.readBigUInt64BE(at + 8)) : told || bytes.length - at
    if (size < 8) return
    const end = at + size
    yield { type: bytes.toString('latin1', at + 4, at + 8), box: bytes.subarray(at, end), end, isWhole: end <= bytes.length }
    at = end
  }
}

/** The first box at a path of types below `box`, as a view into its bytes (writes go through); null when there is none. */
export function findBox(box: Buffer, ...path: string[]): Buffer | null {
  const [wanted, ...rest] = path
  if (wanted === undefined) return box
  const start = CHILDREN_AT[box.toString('latin1', 4, 8)]
  if (start === undefined) return null
  for (const child of boxesIn(box, start)) if (child.type === wanted) return findBox(child.box, ...rest)
  return null
}

/** The box at a path, or an error that names it. */
export function needBox(box: Buffer, ...path: string[]): Buffer {
  const found = findBox(box, ...path)
  if (!found) throw new Error(`no box ${path.join('/')}`)
  return found
}

/** The fragments of a segment, each a moof and its mdat. */
export function fragmentsIn(segment: Buffer): Buffer[] {
  const starts: number[] = []
  for (let at = 0; at + 8 <= segment.length; at += segment.readUInt32BE(at)) {
    if (segment.readUInt32BE(at) < 8) throw new Error('a segment with a broken box')
    if (segment.toString('latin1', at + 4, at + 8) === 'moof') starts.push(at)
  }
  return starts.map((start, index) => segment.subarray(start, starts[index + 1] ?? segment.length))
}
