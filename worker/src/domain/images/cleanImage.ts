import { Fault } from '@avocet/shared/fault'
import { cleanJpeg } from './jpeg.ts'
import { cleanPng } from './png.ts'
import { cleanWebp } from './webp.ts'

export interface ImageFacts {
  type: 'image/jpeg' | 'image/png' | 'image/webp'
  widthPx: number
  heightPx: number
}

/** A picture and nothing beside it, as the pieces of the file it came in. */
export interface StillImage extends ImageFacts {
  parts: Uint8Array[]
}

/** As many pixels as a host may decode of a video (transcoder: PIXEL_GUARD); a browser needs four bytes for each. */
export const MAX_IMAGE_PIXELS = 40_000_000

/**
 * What viewers get of an image somebody sent: what draws the picture, by the file's own structure, whatever its sender calls it. Where it was taken, by
 * whom and with what (Exif, XMP), comments, colour profiles, further frames and anything hidden behind its end are gone. Does not prove that
 * the picture decodes. Throws unsupported_media `unsupported_image` with `message` for what is not one of `types`, unprocessable `image_too_large`.
 */
export function cleanImage(bytes: Uint8Array, types: readonly ImageFacts['type'][], message: string): ImageFacts & { bytes: Uint8Array } {
  const still = cleanPng(bytes) ?? cleanJpeg(bytes) ?? cleanWebp(bytes)
  if (!still || !types.includes(still.type) || still.widthPx === 0 || still.heightPx === 0) throw new Fault('unsupported_media', message, { reason: 'unsupported_image' })
  const { parts, ...facts } = still
  if (facts.widthPx * facts.heightPx > MAX_IMAGE_PIXELS)
    throw new Fault('unprocessable', `An image has at most ${MAX_IMAGE_PIXELS} pixels; this one is ${facts.widthPx} x ${facts.heightPx}.`, { reason: 'image_too_large', extra: { max_pixels: MAX_IMAGE_PIXELS } })
  return { ...facts, bytes: joined(parts) }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
