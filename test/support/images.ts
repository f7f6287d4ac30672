/** Images as small as their formats allow: structure without a picture worth looking at. */

/** A PNG of so many bytes. */
export function png(width: number, height: number, bytes = 64): Uint8Array<ArrayBuffer> {
  const image = new Uint8Array(bytes)
  const view = new DataView(image.buffer)
  for (const [at, word] of [0x89504e47, 0x0d0a1a0a, 13, 0x49484452, width, height].entries()) view.setUint32(at * 4, word)
  view.setUint32(33, bytes - 57)
  view.setUint32(37, 0x49444154)
  view.setUint32(bytes - 8, 0x49454e44)
  return image
}

/** A baseline JPEG of one component; `segments` stand between its beginning and its frame. */
export function jpeg(width: number, height: number, ...segments: number[][]): Uint8Array<ArrayBuffer> {
  const frame = [0xff, 0xc0, 0, 11, 8, height >> 8, height & 0xff, width >> 8, width & 0xff, 1, 1, 0x11, 0]
  return Uint8Array.of(0xff, 0xd8, ...segments.flat(), ...frame, 0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 0x55, 0xff, 0, 0x55, 0xff, 0xd9)
}

/** A lossless WebP. */
export function webp(width: number, height: number): Uint8Array<ArrayBuffer> {
  const image = Uint8Array.from('RIFF....WEBPVP8L........', (letter) => letter.charCodeAt(0))
  const view = new DataView(image.buffer)
  view.setUint32(4, image.length - 8, true)
  view.setUint32(16, 5, true)
  image[20] = 0x2f
  const whole = Uint8Array.of(...image, 0, 0)
  new DataView(whole.buffer).setUint32(4, whole.length - 8, true)
  new DataView(whole.buffer).setUint32(21, (width - 1) | ((height - 1) << 14), true)
  return whole
}
