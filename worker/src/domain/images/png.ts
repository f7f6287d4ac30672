import type { StillImage } from './cleanImage.ts'

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
/** What draws the picture. Texts, Exif, colour profiles and the frames of an animation are left out: its still picture remains. */
const KEPT = ['IHDR', 'PLTE', 'IDAT', 'IEND', 'tRNS', 'gAMA', 'cHRM', 'sRGB', 'cICP', 'sBIT', 'bKGD', 'pHYs']

/** A PNG of its chunks that draw (PNG third edition, section 5), up to its end and no further. Null for anything else. */
export function cleanPng(bytes: Uint8Array): StillImage | null {
  if (bytes.length < 33 || SIGNATURE.some((byte, at) => bytes[at] !== byte)) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const parts = [bytes.subarray(0, 8)]
  let hasData = false
  for (let at = 8; at + 12 <= bytes.length; ) {
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8))
    const end = at + 12 + view.getUint32(at)
    if (end > bytes.length || (type === 'IHDR') !== (at === 8) || (type === 'IHDR' && end !== 33)) return null
    if (KEPT.includes(type)) parts.push(bytes.subarray(at, end))
    // A critical chunk nobody knows: the picture cannot be drawn without it (section 5.4).
    else if (/^[A-Z]/.test(type)) return null
    hasData ||= type === 'IDAT'
    if (type === 'IEND') return hasData ? { type: 'image/png', widthPx: view.getUint32(16), heightPx: view.getUint32(20), parts } : null
    at = end
  }
  return null
}
