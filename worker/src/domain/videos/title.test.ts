import { expect, test } from 'vitest'
import { cleanFilename, cleanTitle } from './title.ts'

test('U38: a hostile file name is kept as harmless text', () => {
  expect(cleanFilename('../../etc/passwd')).toBe('passwd')
  expect(cleanFilename('C:\\videos\\x.mp4')).toBe('x.mp4')
  expect(cleanFilename('abc\u202e4pm.exe')).toBe('abc4pm.exe')
  expect(cleanFilename('a\u0000b\ud800.mp4')).toBe('ab.mp4')
  expect(cleanFilename('e\u0301.mp4')).toBe('\u00e9.mp4')
  expect(cleanFilename(`${'x'.repeat(5000)}.mp4`)).toHaveLength(255)
  expect(cleanFilename('\ud83d\ude00.mp4')).toBe('\ud83d\ude00.mp4')
})

test('U39: a title is one clean line of at most 255 characters', () => {
  expect(cleanTitle('  A\n title\u200b ')).toBe('A title')
  expect(() => cleanTitle('\u00e9'.repeat(5000))).toThrow(/255/)
  expect(() => cleanTitle(' \u202e ')).toThrow(/needed/)
})
