import type { Listing, Slice } from '@avocet/shared/page'
import { missing } from '@avocet/shared/fault'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'
import type { ViewerProgress } from '../usage.ts'

/** The named viewers of a video and how far each came, the latest first. */
export async function viewerProgress(deps: Deps, actor: Actor, id: string, slice: Slice): Promise<Listing<ViewerProgress>> {
  demand(actor, 'stats:read')
  const video = (await deps.videos.find(actor.accountId, id)) ?? missing('video')
  return deps.audiences.viewers(video.id, slice)
}
