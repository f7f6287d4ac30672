import { missing } from '@avocet/shared/fault'
import { contentKey } from '../encodes/contentKeys.ts'
import type { Deps } from '../ports.ts'
import { admit } from './admit.ts'
import type { PlaybackClaims } from './claims.ts'
import { openGrant } from './grant.ts'
import { demandPlace, type Viewer } from './viewer.ts'

/**
 * A content key of the session's encode, 16 bytes. The point where a revoked token, an expired link or a deleted video stops playing
 * (at most 5 s late), and where a session takes its seat among a token's viewers. Throws as `openGrant`, `demandPlace` and `admit`.
 */
export async function releaseKey(deps: Deps, claims: PlaybackClaims, index: number, viewer: Viewer): Promise<Uint8Array> {
  const grant = await openGrant(deps, claims.emb, true)
  demandPlace(deps, grant, viewer)
  const { encode } = (await deps.encodes.committed(claims.enc)) ?? missing('encode')
  await admit(deps, grant, claims.sid, true)
  return contentKey(deps, encode, index)
}
