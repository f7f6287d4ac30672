import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { imageFacts } from './image.ts'

const folder = mkdtempSync(join(tmpdir(), 'avocet-images-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function drawn(name: string, size: string, ...options: string[]): Uint8Array {
  const file = join(folder, name)
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', `testsrc=size=${size}`, ...options, '-frames:v', '1', file])
  return readFileSync(file)
}

test.each([
  ['a.png', '200x100', [], 'image/png', 200, 100],
  ['a.jpg', '322x182', [], 'image/jpeg', 322, 182],
  ['lossy.webp', '322x182', [], 'image/webp', 322, 182],
  ['lossless.webp', '321x183', ['-lossless', '1'], 'image/webp', 321, 183],
  ['alpha.webp', '320x180', ['-vf', 'format=yuva420p'], 'image/webp', 320, 180],
] as const)('%s of %s is told by its bytes', (name, size, options, type, widthPx, heightPx) => {
  expect(imageFacts(drawn(name, size, ...options))).toEqual({ type, widthPx, heightPx })
})

test('what is no such image is none, cut off anywhere too', () => {
  const text = (words: string) => new TextEncoder().encode(words)
  for (const bytes of [text(''), text('GIF89a......................'), text('<svg xmlns="http://www.w3.org/2000/svg"/>'), new Uint8Array(64), text(`RIFF....WEBP${'x'.repeat(40)}`)]) expect(imageFacts(bytes)).toBeNull()
  for (const whole of [drawn('b.png', '64x64'), drawn('b.jpg', '64x64'), drawn('b.webp', '64x64')])
    for (let length = 0; length < 24; length++) expect(imageFacts(whole.subarray(0, length))).toBeNull()
  expect(imageFacts(Uint8Array.of(0xff, 0xd8, ...new Array(60).fill(0xff)))).toBeNull()
})
