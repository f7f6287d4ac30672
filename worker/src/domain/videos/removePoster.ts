import { missing } from '@avocet/shared/fault'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'
import { forgetOldPosters } from './forgetOldPosters.ts'

/** Goes back to the poster made with the encode. Throws not_found, conflict. */
export async function removePoster(deps: Deps, actor: Actor, id: string): Promise<void> {
  demand(actor, 'videos:write')
  const video = (await deps.videos.find(actor.accountId, id)) ?? missing('video')
  if (!video.poster) return
  await deps.commit([deps.videos.save({ ...video, poster: null, updatedAt: deps.now() })])
  deps.defer(forgetOldPosters(deps, video))
}
