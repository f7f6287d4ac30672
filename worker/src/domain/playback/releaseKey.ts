import { missing } from '@avocet/shared/fault'
import { contentKey } from '../encodes/contentKeys.ts'
import type { Deps } from '../ports.ts'
import { admit } from './admit.ts'
import type { PlaybackClaims } from './claims.ts'
import { demandDomain, openGrant } from './grant.ts'
import { demandPlace, type Viewer } from './viewer.ts'

/**
 * A content key of the session's encode, 16 bytes. The point where a revoked token, an expired link, a deleted video or a site taken off
 * the list stops playing (at most 5 s late), and where a session takes its seat among a token's viewers. Throws as `openGrant`, `demandPlace` and `admit`.
 */
export async function releaseKey(deps: Deps, claims: PlaybackClaims, index: number, viewer: Viewer): Promise<Uint8Array> {
  const grant = await openGrant(deps, claims.emb, true)
  demandDomain(deps, grant, claims.org)
  demandPlace(deps, grant, viewer)
  const { encode } = (await deps.encodes.committed(claims.enc)) ?? missing('encode')
  await admit(deps, grant, claims.sid, true)
  return contentKey(deps, encode, index)
}
