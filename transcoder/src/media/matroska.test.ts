import { expect, test } from 'vitest'
import { lastBlockSeconds, matroskaHead } from './matroska.ts'

const element = (id: string, ...content: Buffer[]) => {
  const size = content.reduce((sum, { length }) => sum + length, 0)
  return Buffer.concat([Buffer.from(id, 'hex'), Buffer.from([0x40 | (size >> 8), size & 0xff]), ...content])
}
const hex = (text: string) => Buffer.from(text, 'hex')
const UNKNOWN_SIZE = hex('01ffffffffffffff')
const tracks = element(
  '1654ae6b',
  element('ae', element('d7', hex('01')), element('83', hex('02'))),
  element('ae', element('d7', hex('02')), element('83', hex('01'))),
)
const head = (...info: Buffer[]) =>
  Buffer.concat([element('1a45dfa3', hex('4286810142f78101')), hex('18538067'), UNKNOWN_SIZE, element('1549a966', ...info), tracks])
const cluster = (time: string, ...blocks: Buffer[]) => element('1f43b675', element('e7', hex(time)), ...blocks)
const block = (track: number, time: number) => element('a3', Buffer.from([0x80 | track, time >> 8, time & 0xff, 0]), Buffer.alloc(20))

test('the head tells whether there is a duration, the clock and the picture’s track', () => {
  expect(matroskaHead(head(element('2ad7b1', hex('0f4240'))))).toEqual({ hasDuration: false, secondsPerTick: 0.001, pictureTrack: 2 })
  expect(matroskaHead(head(element('4489', hex('40b3880000000000'))))).toMatchObject({ hasDuration: true })
  expect(matroskaHead(Buffer.from('RIFF and more'))).toBeNull()
  expect(matroskaHead(Buffer.alloc(0))).toBeNull()
})

test('the last block of the last whole cluster tells the end, of the picture or of anything', () => {
  const file = Buffer.concat([cluster('0000', block(2, 0)), cluster('03e8', block(2, 10), block(1, 400), block(2, 300))])
  expect(lastBlockSeconds(file, 0.001, 2)).toBe(1.3)
  expect(lastBlockSeconds(file, 0.001, null)).toBeCloseTo(1.4)
})

test('a tail that was cut anywhere is read as far as it goes; bytes that only look like a cluster are passed over', () => {
  const whole = Buffer.concat([cluster('03e8', block(2, 10), block(2, 300)), cluster('07d0', block(2, 10), block(2, 200))])
  expect(lastBlockSeconds(whole.subarray(20), 0.001, 2)).toBe(2.2)
  expect(lastBlockSeconds(whole.subarray(0, -30), 0.001, 2)).toBeCloseTo(2.01)
  expect(lastBlockSeconds(Buffer.concat([cluster('03e8', block(2, 300)), hex('1f43b675')]), 0.001, 2)).toBe(1.3)
  expect(lastBlockSeconds(Buffer.alloc(1000), 0.001, null)).toBeNull()
})
