import { expect, test } from 'vitest'
import { sourceInput } from './source.ts'

const optionsOf = (...of: Parameters<typeof sourceInput>) => sourceInput(...of).join(' ').replace(/^.*?-analyzeduration \S+ /, '')

test('what lies in fragments is read on from its beginning; only for a seek are they looked for', () => {
  expect(optionsOf('http://source', {})).toBe('-copyts -start_at_zero -i http://source')
  expect(optionsOf('http://source', { fragmented: true })).toBe('-fflags +ignidx -copyts -start_at_zero -i http://source')
  expect(optionsOf('http://source', { fragmented: true }, 45)).toBe('-copyts -start_at_zero -ss 45.000000 -i http://source')
})
