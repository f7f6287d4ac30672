import type { Listing, Slice } from '@avocet/shared/page'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'
import type { SigningKey } from './signingKey.ts'

/** The account's signing keys, newest first, retired and revoked ones too. */
export async function listSigningKeys(deps: Deps, actor: Actor, slice: Slice): Promise<Listing<SigningKey>> {
  demand(actor, 'keys:read')
  return deps.signingKeys.list(actor.accountId, slice)
}
