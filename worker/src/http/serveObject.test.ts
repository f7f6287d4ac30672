import { expect, test } from 'vitest'
import { attachment, parseRange } from './serveObject.ts'

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

test.each([
  ['Lesson 1.mp4', `attachment; filename="Lesson 1.mp4"; filename*=UTF-8''Lesson%201.mp4`],
  ['a"b\\c/d.mp4', `attachment; filename="a_b_c_d.mp4"; filename*=UTF-8''a%22b_c_d.mp4`],
  ["O'Neill (2*3).mp4", `attachment; filename="O'Neill (2_3).mp4"; filename*=UTF-8''O%27Neill%20%282%2A3%29.mp4`],
  ['Übung.mp4', `attachment; filename="Ubung.mp4"; filename*=UTF-8''%C3%9Cbung.mp4`],
])('%s is kept under its name, and nothing in it ends the header', (name, header) => expect(attachment(name)).toBe(header))
