import { createCipheriv, createDecipheriv } from 'node:crypto'
import { SEGMENTS_PER_KEY } from '@avocet/shared/encode'
import type { ContentKey } from '@avocet/shared/job'

/** Encrypts or decrypts whole segments by their number: AES-128-CBC, PKCS7, IV = the number, big-endian (RFC 8216bis 4.4.4.4). */
export interface SegmentCipher {
  encrypt(bytes: Uint8Array, segment: number): Buffer
  decrypt(bytes: Uint8Array, segment: number): Buffer
}

export function segmentCipher(keys: readonly ContentKey[]): SegmentCipher {
  const byIndex = new Map(keys.map(({ index, hex }) => [index, Buffer.from(hex, 'hex')]))
  const keyOf = (segment: number): Buffer => {
    const key = byIndex.get(Math.floor(segment / SEGMENTS_PER_KEY))
    if (!key) throw new Error(`no key for segment ${segment}`)
    return key
  }
  const ivOf = (segment: number): Buffer => {
    const iv = Buffer.alloc(16)
    iv.writeUInt32BE(segment, 12)
    return iv
  }
  return {
    encrypt(bytes, segment) {
      const cipher = createCipheriv('aes-128-cbc', keyOf(segment), ivOf(segment))
      return Buffer.concat([cipher.update(bytes), cipher.final()])
    },
    decrypt(bytes, segment) {
      const decipher = createDecipheriv('aes-128-cbc', keyOf(segment), ivOf(segment))
      return Buffer.concat([decipher.update(bytes), decipher.final()])
    },
  }
}
