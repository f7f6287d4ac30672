import type { Listing, Slice } from '@avocet/shared/page'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'
import type { UploadToken, UploadTokenQuery } from './uploadToken.ts'

/** One window of the account's upload tokens, ordered by (sort key, id). */
export async function listUploadTokens(deps: Deps, actor: Actor, query: UploadTokenQuery, slice: Slice): Promise<Listing<UploadToken>> {
  demand(actor, 'videos:read')
  return deps.uploadTokens.list(actor.accountId, query, slice)
}
