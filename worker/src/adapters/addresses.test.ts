import { expect, test } from 'vitest'
import { addresses } from './addresses.ts'

test.each([
  ['203.0.113.7', '203.0.113.7/32'],
  ['203.0.113.77/24', '203.0.113.0/24'],
  ['203.0.113.77/20', '203.0.112.0/20'],
  ['0.0.0.0/0', '0.0.0.0/0'],
  ['2001:DB8::1/32', '2001:db8::/32'],
  ['2001:db8::1', '2001:db8::1/128'],
  ['::ffff:203.0.113.7', '203.0.113.7/32'],
  ['::ffff:203.0.113.7/120', '203.0.113.0/24'],
])('%s is kept as %s', (text, kept) => expect(addresses.parsePrefix(text)).toBe(kept))

test.each(['', '10.1', '0x7f.0.0.1', '203.0.113.7/33', '2001:db8::/129', '::ffff:203.0.113.7/64', '203.0.113.0/-1', 'example.com', '203.0.113.256', '203.0.113.7/24/8', '1.2.3.4, 5.6.7.8'])(
  '%j is no prefix',
  (text) => expect(addresses.parsePrefix(text)).toBeNull(),
)

test.each([
  ['203.0.113.99', '203.0.113.0/24', true],
  ['203.0.114.1', '203.0.113.0/24', false],
  ['::ffff:203.0.113.99', '203.0.113.0/24', true],
  ['2001:db8:1::5', '2001:db8::/32', true],
  ['2001:db9::5', '2001:db8::/32', false],
  ['203.0.113.99', '2001:db8::/32', false],
  ['', '0.0.0.0/0', false],
  ['no address', '0.0.0.0/0', false],
])('%j lies within %s: %s', (address, prefix, within) => expect(addresses.isWithin(address, [prefix])).toBe(within))
