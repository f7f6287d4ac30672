import type { StillImage } from './cleanImage.ts'

/** RFC 9649, section 2.7: of the flags the one that says whether there is an alpha channel. */
const ALPHA = 0x10
const ANIMATION = 0x02

/**
 * A WebP of its picture and its alpha channel (RFC 9649, section 2). Exif, XMP, colour profiles, unknown chunks and whatever follows the
 * end are left out. Null for anything else, for an animation, and where the canvas has not the picture's size.
 */
export function cleanWebp(bytes: Uint8Array): StillImage | null {
  if (bytes.length < 20 || ascii(bytes, 0, 4) !== 'RIFF' || ascii(bytes, 8, 4) !== 'WEBP') return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = Math.min(bytes.length, 8 + view.getUint32(4, true))
  let [canvas, alpha, picture, size]: [Uint8Array | null, Uint8Array | null, Uint8Array | null, Size | null] = [null, null, null, null]
  for (let at = 12; at + 8 <= end; ) {
    const type = ascii(bytes, at, 4)
    const length = view.getUint32(at + 4, true)
    const next = at + 8 + length + (length % 2)
    if (at + 8 + length > end) return null
    const chunk = bytes.subarray(at, Math.min(next, end))
    if (type === 'VP8X' && length === 10) canvas ??= chunk
    else if (type === 'ALPH') alpha ??= chunk
    else if (type === 'VP8 ' || type === 'VP8L') {
      if (picture) return null
      picture = chunk
      size = sizeOf(type, chunk)
    }
    at = next
  }
  if (!picture || !size) return null
  if (!canvas) return { type: 'image/webp', ...size, parts: riff([picture]) }
  const facts = new DataView(canvas.buffer, canvas.byteOffset, canvas.byteLength)
  const told = { widthPx: (facts.getUint32(12, true) & 0xffffff) + 1, heightPx: (facts.getUint32(14, true) >>> 8) + 1 }
  if (canvas[8]! & ANIMATION || told.widthPx !== size.widthPx || told.heightPx !== size.heightPx) return null
  const plain = canvas.slice()
  plain[8]! &= ALPHA
  return { type: 'image/webp', ...size, parts: riff([plain, ...(alpha ? [alpha] : []), picture]) }
}

interface Size {
  widthPx: number
  heightPx: number
}

/** What the bitstream says of itself: the frame header of VP8 (RFC 6386, section 9.1), the header of VP8L (RFC 9649, section 3.4). */
function sizeOf(type: 'VP8 ' | 'VP8L', chunk: Uint8Array): Size | null {
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  if (type === 'VP8 ') {
    if (chunk.length < 18 || chunk[11] !== 0x9d || chunk[12] !== 0x01 || chunk[13] !== 0x2a) return null
    return { widthPx: view.getUint16(14, true) & 0x3fff, heightPx: view.getUint16(16, true) & 0x3fff }
  }
  if (chunk.length < 13 || chunk[8] !== 0x2f) return null
  const packed = view.getUint32(9, true)
  return { widthPx: (packed & 0x3fff) + 1, heightPx: ((packed >>> 14) & 0x3fff) + 1 }
}

function riff(chunks: readonly Uint8Array[]): Uint8Array[] {
  const padded = chunks.map((chunk) => (chunk.length % 2 ? Uint8Array.of(...chunk, 0) : chunk))
  const header = Uint8Array.from('RIFF....WEBP', (letter) => letter.charCodeAt(0))
  new DataView(header.buffer).setUint32(4, 4 + padded.reduce((sum, { length }) => sum + length, 0), true)
  return [header, ...padded]
}

const ascii = (bytes: Uint8Array, at: number, length: number) => String.fromCharCode(...bytes.subarray(at, at + length))
