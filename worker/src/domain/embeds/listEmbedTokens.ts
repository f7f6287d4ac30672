import { missing } from '@avocet/shared/fault'
import type { Listing, Slice } from '@avocet/shared/page'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'
import type { EmbedToken } from './embedToken.ts'

/** Minted tokens of the account, or of one of its videos; newest first, revoked and expired ones too. */
export async function listEmbedTokens(deps: Deps, actor: Actor, videoId: string | null, slice: Slice): Promise<Listing<EmbedToken>> {
  demand(actor, 'embeds:read')
  const video = videoId === null ? null : ((await deps.videos.find(actor.accountId, videoId)) ?? missing('video'))
  return deps.embedTokens.list(actor.accountId, video?.id ?? null, slice)
}
