import { SEGMENTS_PER_KEY } from '@avocet/shared/encode'
import { toHex } from '@avocet/shared/ids'
import type { ContentKey } from '@avocet/shared/job'
import type { Deps } from '../ports.ts'
import type { Encode } from './encode.ts'

/** The AES-128 key of segments [index * 15, index * 15 + 15), derived from the encode's seed: nothing to store, nothing to leak but 60 s. */
export function contentKey(deps: Deps, encode: Encode, index: number): Promise<Uint8Array> {
  return deps.crypto.hkdf(encode.keySeed, `avocet content key ${index}`, 16)
}

/** Keys for `count` segments from `firstSegment` on; null when the encode is not encrypted. */
export async function contentKeysFor(deps: Deps, encode: Encode, firstSegment: number, count: number): Promise<ContentKey[] | null> {
  if (encode.encryption === 'none') return null
  const first = Math.floor(firstSegment / SEGMENTS_PER_KEY)
  const last = Math.floor((firstSegment + Math.max(1, count) - 1) / SEGMENTS_PER_KEY)
  const indexes = Array.from({ length: last - first + 1 }, (_, at) => first + at)
  return Promise.all(indexes.map(async (index) => ({ index, hex: toHex(await contentKey(deps, encode, index)) })))
}
