import { createDecipheriv } from 'node:crypto'
import { expect, test } from 'vitest'
import { segmentCipher } from './encrypt.ts'

const keys = [
  { index: 0, hex: '0'.repeat(32) },
  { index: 1, hex: '1'.repeat(32) },
]
const clear = Buffer.from('a segment of no special length')

test.each([
  [0, '0'.repeat(32), '00000000000000000000000000000000'],
  [14, '0'.repeat(32), '0000000000000000000000000000000e'],
  [15, '1'.repeat(32), '0000000000000000000000000000000f'],
])('segment %i is readable by any player: its key, and its number as the vector', (number, key, iv) => {
  const decipher = createDecipheriv('aes-128-cbc', Buffer.from(key, 'hex'), Buffer.from(iv, 'hex'))
  const bytes = segmentCipher(keys).encrypt(clear, number)
  expect(Buffer.concat([decipher.update(bytes), decipher.final()])).toEqual(clear)
})

test('decrypting gives back what was encrypted; a segment without a key is refused', () => {
  const cipher = segmentCipher(keys)
  expect(cipher.decrypt(cipher.encrypt(clear, 29), 29)).toEqual(clear)
  expect(() => cipher.encrypt(clear, 30)).toThrow('no key for segment 30')
})
