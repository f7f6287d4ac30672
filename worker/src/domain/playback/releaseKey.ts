import { missing } from '@avocet/shared/fault'
import { contentKey } from '../encodes/contentKeys.ts'
import type { Deps } from '../ports.ts'
import type { PlaybackClaims } from './claims.ts'
import { openGrant } from './grant.ts'

/** A content key of the session's encode, 16 bytes. The point where a revoked token, an expired link or a deleted video stops playing (at most 5 s late). */
export async function releaseKey(deps: Deps, claims: PlaybackClaims, index: number): Promise<Uint8Array> {
  await openGrant(deps, claims.emb, true)
  const { encode } = (await deps.encodes.committed(claims.enc)) ?? missing('encode')
  return contentKey(deps, encode, index)
}
