import { expect, test } from 'vitest'
import { toBcp47 } from './language.ts'

test.each([
  ['eng', 'en'],
  ['ger', 'de'],
  ['deu', 'de'],
  ['fre', 'fr'],
  ['pt-BR', 'pt-BR'],
  ['und', 'und'],
  [undefined, 'und'],
  ['', 'und'],
  ['not a language', 'und'],
  ['"><script>', 'und'],
])('the tag %s is %s in BCP-47', (tag, expected) => {
  expect(toBcp47(tag)).toBe(expected)
})
