import { toHex } from '@avocet/shared/ids'
import { digestStream, digestThrough } from './digestStream.ts'
import { split } from './split.ts'
import type { Crypto } from '../domain/platform.ts'

/** Web Crypto behind the port. */
export const webCrypto: Crypto = {
  randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  randomHex: (bytes) => toHex(crypto.getRandomValues(new Uint8Array(bytes))),
  async sha256Hex(text) {
    return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))))
  },
  digestStream,
  split,
  digestThrough,
  async hkdf(secretHex, info, bytes) {
    const secret = Uint8Array.from(secretHex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
    const key = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits'])
    const parameters = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: new TextEncoder().encode(info) }
    return new Uint8Array(await crypto.subtle.deriveBits(parameters, key, bytes * 8))
  },
  async hmacSha256Base64(secretBase64, text) {
    const secret = Uint8Array.from(atob(secretBase64), (letter) => letter.charCodeAt(0))
    const key = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
    return btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(text)))))
  },
  equal(a, b) {
    const encoder = new TextEncoder()
    const [left, right] = [encoder.encode(a), encoder.encode(b)]
    return left.byteLength === right.byteLength && crypto.subtle.timingSafeEqual(left, right)
  },
}
