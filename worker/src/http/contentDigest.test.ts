import { expect, test } from 'vitest'
import { sha256Said } from './contentDigest.ts'

const said = (header?: string) => {
  try {
    return sha256Said(new Request('http://x/', header === undefined ? {} : { headers: { 'Content-Digest': header } }))
  } catch (error) {
    return (error as { details: { reason: string } }).details.reason
  }
}
const EMPTY = 'sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:'
const EMPTY_HEX = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

test.each([
  [undefined, null],
  [EMPTY, EMPTY_HEX],
  [`sha-512=:AAAA:, ${EMPTY}`, EMPTY_HEX],
  ['sha-512=:AAAA:', 'digest_unsupported'],
  ['sha-256=:AAAA:', 'digest_malformed'],
  ['sha-256=47DEQpj8HBSa', 'digest_malformed'],
  ['nonsense', 'digest_malformed'],
  [` sha-256 = ${EMPTY.slice(8)} `, EMPTY_HEX],
  [`!${EMPTY}`, 'digest_malformed'],
  [`${EMPTY}!`, 'digest_malformed'],
  [`sha-256=:A${EMPTY.slice(9)}`, 'digest_malformed'],
  ['sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU==:', 'digest_malformed'],
  ['', 'digest_malformed'],
])('Content-Digest %j says %j', (header, expected) => {
  expect(said(header)).toBe(expected)
})
