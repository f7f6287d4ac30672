import { missing } from '@avocet/shared/fault'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'
import type { Encode } from './encode.ts'

/** The encodes of a video's asset, newest first, and which of them plays. Throws not_found. */
export async function listEncodes(deps: Deps, actor: Actor, videoId: string): Promise<{ encodes: Encode[]; currentId: Encode['id'] | null }> {
  demand(actor, 'videos:read')
  const { asset } = (await deps.videos.findDetail(actor.accountId, videoId)) ?? missing('video')
  return { encodes: await deps.encodes.listByAsset(asset.id), currentId: asset.currentEncodeId }
}
