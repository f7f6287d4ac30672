import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Fault } from '@avocet/shared/fault'
import { afterAll, expect, test } from 'vitest'
import { jpeg, png, webp } from '../../../../test/support/images.ts'
import { cleanImage, type ImageFacts } from './cleanImage.ts'

const folder = mkdtempSync(join(tmpdir(), 'avocet-images-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function drawn(name: string, size: string, ...options: string[]): Uint8Array {
  const file = join(folder, name)
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', `testsrc=size=${size}`, ...options, '-frames:v', '1', file])
  return readFileSync(file)
}
/** The picture as ffmpeg draws it. */
function pixels(bytes: Uint8Array): string {
  const file = join(folder, 'looked-at')
  writeFileSync(file, bytes)
  return execFileSync('ffmpeg', ['-v', 'error', '-i', file, '-f', 'md5', '-'], { encoding: 'utf8' })
}
const clean = (bytes: Uint8Array) => cleanImage(bytes, ['image/jpeg', 'image/png', 'image/webp'], 'No.')
function reason(bytes: Uint8Array): string | undefined {
  try {
    clean(bytes)
  } catch (error) {
    return (error as Fault).details.reason
  }
}
const text = (words: string) => Uint8Array.from(words, (letter) => letter.charCodeAt(0))
const number = (value: number) => Uint8Array.of(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255)
const little = (value: number) => number(value).reverse()
const joined = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts))

const MARK = 'GPS 47.3769N 8.5417E <script>alert(1)</script>'
const segment = (marker: number, body: Uint8Array) => joined(Uint8Array.of(0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 255), body)
const chunk = (type: string, body: Uint8Array) => joined(number(body.length), text(type), body, number(0))
const riffChunk = (type: string, body: Uint8Array) => joined(text(type), little(body.length), body, new Uint8Array(body.length % 2))
/** Exif of a telephone held upright: orientation 6, and where it was. */
const exif = joined(text('Exif\0\0MM\0*'), number(8), Uint8Array.of(0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0), number(0), text(MARK))
const after = (bytes: Uint8Array, at: number, ...more: Uint8Array[]) => joined(bytes.subarray(0, at), ...more, bytes.subarray(at), text(`PK\x03\x04${MARK}`))

test.each([
  ['a.png', '200x100', [], 'image/png', 200, 100],
  ['a.jpg', '322x182', [], 'image/jpeg', 322, 182],
  ['lossy.webp', '322x182', [], 'image/webp', 322, 182],
  ['lossless.webp', '321x183', ['-lossless', '1'], 'image/webp', 321, 183],
  ['alpha.webp', '320x180', ['-vf', 'format=yuva420p'], 'image/webp', 320, 180],
] as const)('%s of %s is told by its bytes and looks the same afterwards', (name, size, options, type, widthPx, heightPx) => {
  const bytes = drawn(name, size, ...options)
  const { bytes: cleaned, ...facts } = clean(bytes)
  expect(facts).toEqual({ type, widthPx, heightPx } satisfies ImageFacts)
  expect(pixels(cleaned)).toBe(pixels(bytes))
  expect(clean(cleaned).bytes).toEqual(cleaned)
})

test('A28: of Exif, GPS, XMP, comments, colour profiles and what hides behind the end nothing is left, and the picture is the same', () => {
  const [ofPng, ofJpeg, ofWebp] = [drawn('b.png', '64x48'), drawn('b.jpg', '64x48'), drawn('b.webp', '64x48')]
  const laden = {
    png: after(ofPng, 33, chunk('tEXt', text(`Comment\0${MARK}`)), chunk('eXIf', text(MARK)), chunk('iCCP', text(MARK)), chunk('iTXt', text(MARK)), chunk('zzZz', text(MARK))),
    jpeg: after(ofJpeg, 2, segment(0xe1, exif), segment(0xe1, text(`http://ns.adobe.com/xap/1.0/\0${MARK}`)), segment(0xe2, text(`ICC_PROFILE\0${MARK}`)), segment(0xfe, text(`*/=1;alert(1);/*${MARK}`)), segment(0xed, text(MARK))),
    webp: after(ofWebp, ofWebp.length, riffChunk('EXIF', exif), riffChunk('XMP ', text(MARK)), riffChunk('ABCD', text(MARK))),
  }
  new DataView(laden.webp.buffer).setUint32(4, laden.webp.length - 8 - 4 - MARK.length, true)
  for (const [name, bytes] of Object.entries(laden)) {
    const cleaned = clean(bytes).bytes
    const left = Buffer.from(cleaned).toString('latin1')
    expect([name, left.includes('GPS'), left.includes('script'), left.includes('ICC'), left.includes('PK\x03\x04')]).toEqual([name, false, false, false, false])
    // ffmpeg turns what says how it lies; as a WebP it takes nothing so laden.
    expect([name, pixels(cleaned)]).toEqual([name, pixels({ png: ofPng, jpeg: bytes, webp: ofWebp }[name]!)])
  }
  // A picture taken upright stays upright.
  expect(clean(laden.jpeg)).toMatchObject({ widthPx: 48, heightPx: 64 })
  expect(clean(clean(laden.jpeg).bytes)).toMatchObject({ widthPx: 48, heightPx: 64 })
})

test('A28: a picture of more pixels than anybody should have to hold is refused, however small its file is', () => {
  for (const bytes of [png(30_000, 30_000), png(0x7fffffff, 0x7fffffff), jpeg(30_000, 30_000), webp(16_000, 16_000)]) expect(reason(bytes)).toBe('image_too_large')
  for (const bytes of [png(8_000, 5_000), jpeg(8_000, 5_000), webp(8_000, 5_000)]) expect(reason(bytes)).toBeUndefined()
})

test('A28: what is no such image, says two sizes, moves, or repeats itself to tire its reader is refused', () => {
  const canvas = (width: number, flags: number) => joined(Uint8Array.of(flags, 0, 0, 0), little(width - 1).subarray(0, 3), little(2 - 1).subarray(0, 3))
  const extended = (width: number, flags: number) => joined(text('RIFF'), little(0xffff), text('WEBP'), riffChunk('VP8X', canvas(width, flags)), webp(3, 2).subarray(12))
  expect(reason(extended(3, 0))).toBeUndefined()
  const scans = jpeg(3, 2)
  const scan = scans.subarray(scans.length - 16, scans.length - 2)
  for (const bytes of [
    new Uint8Array(0), new Uint8Array(64), text('<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'), text('<!doctype html><img>'), text('GIF89a......................'), text(`RIFF....WEBP${'x'.repeat(40)}`),
    text('\x89PNG<html><script>alert(1)</script></html>.......................'), joined(text('GIF89a'), png(3, 2)), png(0, 2), jpeg(3, 0),
    extended(16_000, 0), extended(3, 2), joined(scans.subarray(0, scans.length - 2), ...Array.from({ length: 200 }, () => scan), Uint8Array.of(0xff, 0xd9)),
    Uint8Array.of(0xff, 0xd8, ...new Array(60).fill(0xff)), joined(png(3, 2).subarray(0, 33), chunk('CgBI', text('x')), png(3, 2).subarray(33)),
  ])
    expect([Buffer.from(bytes.subarray(0, 20)).toString('latin1'), reason(bytes)]).toEqual([expect.anything(), 'unsupported_image'])
})

test('A28: cut off or spoilt anywhere, an image is taken or refused, and nothing else', () => {
  for (const whole of [drawn('c.png', '48x48'), joined(drawn('c.jpg', '48x48').subarray(0, 2), segment(0xe1, exif), drawn('c.jpg', '48x48').subarray(2)), drawn('c.webp', '48x48')])
    for (let at = 0; at < Math.min(whole.length, 700); at++) {
      expect([at, reason(whole.subarray(0, at))]).toEqual([at, 'unsupported_image'])
      for (const byte of [0, 0x7f, 0xff]) {
        const spoilt = whole.slice()
        spoilt[at] = byte
        expect([at, byte, [undefined, 'unsupported_image', 'image_too_large'].includes(reason(spoilt))]).toEqual([at, byte, true])
      }
    }
})
