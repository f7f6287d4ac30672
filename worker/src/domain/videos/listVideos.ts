import type { Listing, Slice } from '@avocet/shared/page'
import { type Actor, demand } from '../actor.ts'
import type { Deps, VideoDetail } from '../ports.ts'
import type { VideoQuery } from './video.ts'

/** One window of the account's videos, ordered by (sort key, id). Search looks in titles, without case. */
export async function listVideos(deps: Deps, actor: Actor, query: VideoQuery, slice: Slice): Promise<Listing<VideoDetail>> {
  demand(actor, 'videos:read')
  return deps.videos.list(actor.accountId, query, slice)
}
