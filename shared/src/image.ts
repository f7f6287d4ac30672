/** What an image is by its own bytes; what a sender calls it counts for nothing. */

export interface ImageFacts {
  type: 'image/jpeg' | 'image/png' | 'image/webp'
  widthPx: number
  heightPx: number
}

/** Type and size of a JPEG, PNG or WebP from its headers; null for anything else. Does not prove that the picture decodes. */
export function imageFacts(bytes: Uint8Array): ImageFacts | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const facts = pngFacts(view) ?? jpegFacts(view) ?? webpFacts(view)
  return facts && facts.widthPx > 0 && facts.heightPx > 0 ? facts : null
}

/** Signature, then IHDR as the first chunk (PNG third edition, sections 5.2 and 11.2.1). */
function pngFacts(view: DataView): ImageFacts | null {
  if (view.byteLength < 24 || view.getUint32(0) !== 0x89504e47 || view.getUint32(4) !== 0x0d0a1a0a || ascii(view, 12, 4) !== 'IHDR') return null
  return { type: 'image/png', widthPx: view.getUint32(16), heightPx: view.getUint32(20) }
}

/** Marker segments up to the frame header, which holds the size (ITU-T T.81, section B.2.2). */
function jpegFacts(view: DataView): ImageFacts | null {
  if (view.byteLength < 4 || view.getUint16(0) !== 0xffd8) return null
  for (let at = 2; at + 9 <= view.byteLength; ) {
    if (view.getUint8(at) !== 0xff) return null
    const marker = view.getUint8(at + 1)
    // Fill bytes may stand before a marker.
    if (marker === 0xff) at += 1
    else if (isFrame(marker)) return { type: 'image/jpeg', widthPx: view.getUint16(at + 7), heightPx: view.getUint16(at + 5) }
    else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)) at += 2
    else at += 2 + view.getUint16(at + 2)
  }
  return null
}

/** SOF0 to SOF15 without the tables and extensions that lie between them. */
const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)

/** RIFF of form WEBP; its first chunk says the size in one of three ways (RFC 9649, section 2). */
function webpFacts(view: DataView): ImageFacts | null {
  if (view.byteLength < 30 || ascii(view, 0, 4) !== 'RIFF' || ascii(view, 8, 4) !== 'WEBP') return null
  const of = (widthPx: number, heightPx: number): ImageFacts => ({ type: 'image/webp', widthPx, heightPx })
  const first = ascii(view, 12, 4)
  if (first === 'VP8X') return of((view.getUint32(24, true) & 0xffffff) + 1, (view.getUint32(26, true) >>> 8) + 1)
  if (first === 'VP8 ') return of(view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff)
  if (first !== 'VP8L') return null
  const packed = view.getUint32(21, true)
  return of((packed & 0x3fff) + 1, ((packed >>> 14) & 0x3fff) + 1)
}

const ascii = (view: DataView, at: number, length: number) => String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + at, length))
