import { missing } from '@avocet/shared/fault'
import { type Actor, demand } from '../actor.ts'
import type { Deps, VideoDetail } from '../ports.ts'

/** A video of the actor's account with its asset and encode. Another tenant's video does not exist. */
export async function getVideo(deps: Deps, actor: Actor, id: string): Promise<VideoDetail> {
  demand(actor, 'videos:read')
  return (await deps.videos.findDetail(actor.accountId, id)) ?? missing('video')
}
