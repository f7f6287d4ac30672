import type { StillImage } from './cleanImage.ts'

const [SOI, EOI, SOS, APP0, APP1, APP14] = [0xd8, 0xd9, 0xda, 0xe0, 0xe1, 0xee]
/** DHT, DAC, DQT, DRI. No DNL: a height told afterwards is one nobody looked at. */
const TABLES = [0xc4, 0xcc, 0xdb, 0xdd]
/** Baseline, extended and progressive, each by Huffman: what browsers draw (ITU-T T.81, table B.1). */
const FRAMES = [0xc0, 0xc1, 0xc2]
/** Encoders make a dozen; each costs a viewer a pass over the whole picture. */
const MOST_SCANS = 100

/**
 * A JPEG of its tables, its one frame and its scans (ITU-T T.81, annex B), with the two markers that say how to draw it: JFIF without its
 * thumbnail, and Adobe's on colours. Comments, Exif, XMP, colour profiles and whatever follows the end are left out; of Exif the orientation is
 * said anew, for without it a telephone's pictures lie on their side. Null for anything else.
 */
export function cleanJpeg(bytes: Uint8Array): StillImage | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 4 || view.getUint16(0) !== 0xff00 + SOI) return null
  const kept: Uint8Array[] = []
  let [size, turned, jfif, at, scans]: [{ widthPx: number; heightPx: number } | null, number, Uint8Array | null, number, number] = [null, 1, null, 2, 0]
  for (;;) {
    // Fill bytes may stand before a marker.
    while (at + 1 < bytes.length && bytes[at] === 0xff && bytes[at + 1] === 0xff) at++
    if (at + 2 > bytes.length || bytes[at] !== 0xff) return null
    const marker = bytes[at + 1]!
    if (marker === EOI) break
    if (at + 4 > bytes.length) return null
    const end = at + 2 + view.getUint16(at + 2)
    if (end < at + 4 || end > bytes.length) return null
    const segment = bytes.subarray(at, end)
    if (FRAMES.includes(marker)) {
      if (size || segment.length < 10) return null
      size = { heightPx: view.getUint16(at + 5), widthPx: view.getUint16(at + 7) }
      kept.push(segment)
    } else if (TABLES.includes(marker) || (marker === APP14 && segment.length === 16 && ascii(segment, 4, 5) === 'Adobe')) kept.push(segment)
    else if (marker === APP0 && segment.length >= 18 && ascii(segment, 4, 5) === 'JFIF\0') jfif ??= withoutThumbnail(segment)
    else if (marker === APP1) turned = orientationOf(segment) ?? turned
    else if (marker === SOS) {
      if (!size) return null
      at = endOfScan(bytes, end)
      kept.push(segment, bytes.subarray(end, at))
      if (++scans > MOST_SCANS) return null
      continue
    } else if (!isPassedOver(marker)) return null
    at = end
  }
  if (!size || scans === 0) return null
  const orientation = turned === 1 ? [] : [exifOf(turned)]
  const [widthPx, heightPx] = turned > 4 ? [size.heightPx, size.widthPx] : [size.widthPx, size.heightPx]
  return { type: 'image/jpeg', widthPx, heightPx, parts: [Uint8Array.of(0xff, SOI), ...(jfif ? [jfif] : []), ...orientation, ...kept, Uint8Array.of(0xff, EOI)] }
}

/** APPn, JPGn and comments. */
const isPassedOver = (marker: number) => (marker >= 0xe0 && marker <= 0xfe)

/** Where the first marker after a scan's data stands; a stuffed 0xff and restarts are part of them (B.1.1.5). */
function endOfScan(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const next = bytes[at + 1]
    if (next !== undefined && next !== 0 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7)) return at
  }
  return bytes.length
}

function withoutThumbnail(segment: Uint8Array): Uint8Array {
  const plain = segment.slice(0, 18)
  plain.set([0, 16], 2)
  plain.set([0, 0], 16)
  return plain
}

/** Exif 2.32, section 4.6.4: tag 0x0112 of the first directory; null where there is none that says 1 to 8. */
function orientationOf(segment: Uint8Array): number | null {
  if (ascii(segment, 4, 6) !== 'Exif\0\0' || segment.length < 18) return null
  const tiff = new DataView(segment.buffer, segment.byteOffset + 10, segment.byteLength - 10)
  const little = tiff.getUint16(0) === 0x4949
  if (!little && tiff.getUint16(0) !== 0x4d4d) return null
  const directory = tiff.getUint32(4, little)
  if (directory + 2 > tiff.byteLength) return null
  const entries = Math.min(tiff.getUint16(directory, little), 64)
  for (let entry = directory + 2; entry < directory + 2 + entries * 12 && entry + 12 <= tiff.byteLength; entry += 12) {
    if (tiff.getUint16(entry, little) !== 0x0112) continue
    const value = tiff.getUint16(entry + 8, little)
    return value >= 1 && value <= 8 ? value : null
  }
  return null
}

/** Exif that says an orientation and nothing else. */
function exifOf(orientation: number): Uint8Array {
  const directory = [0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]
  const body = [0x45, 0x78, 0x69, 0x66, 0, 0, 0x4d, 0x4d, 0, 42, 0, 0, 0, 8, ...directory]
  return Uint8Array.of(0xff, APP1, 0, body.length + 2, ...body)
}

const ascii = (bytes: Uint8Array, at: number, length: number) => String.fromCharCode(...bytes.subarray(at, at + length))
