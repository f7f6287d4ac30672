import { missing } from '@avocet/shared/fault'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'

/** Removes a track: the row first, then its object. */
export async function deleteTrack(deps: Deps, actor: Actor, videoId: string, id: string): Promise<void> {
  demand(actor, 'videos:write')
  const track = (await deps.tracks.find(actor.accountId, videoId, id)) ?? missing('track')
  await deps.commit([deps.tracks.remove(track)])
  deps.defer(deps.objects.delete([track.objectKey]))
}
