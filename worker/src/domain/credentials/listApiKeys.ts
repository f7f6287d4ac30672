import type { Listing, Slice } from '@avocet/shared/page'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'
import type { ApiKey } from './apiKey.ts'

/** The account's keys, revoked ones too, newest first. */
export async function listApiKeys(deps: Deps, actor: Actor, slice: Slice): Promise<Listing<ApiKey>> {
  demand(actor, 'keys:read')
  return deps.apiKeys.list(actor.accountId, slice)
}
