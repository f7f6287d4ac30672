import { expect, test } from 'vitest'
import { parseRange } from './serveObject.ts'

test.each([
  ['bytes=0-9', { offset: 0, length: 10 }],
  ['bytes=90-', { offset: 90, length: 10 }],
  ['bytes=-10', { offset: 90, length: 10 }],
  ['bytes=-500', { offset: 0, length: 100 }],
  ['bytes=95-500', { offset: 95, length: 5 }],
  ['bytes=100-', 'unsatisfiable'],
  ['bytes=-0', 'unsatisfiable'],
  ['bytes=9-0', null],
  ['bytes=0-1,5-6', null],
  ['items=0-1', null],
  ['bytes=-', null],
  ['bytes=a-b', null],
])('A26: %s of 100 bytes', (header, expected) => expect(parseRange(header, 100)).toEqual(expected))
