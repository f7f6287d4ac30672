import { missing } from '@avocet/shared/fault'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'
import type { Track } from './track.ts'

/** A video's tracks, oldest first. */
export async function listTracks(deps: Deps, actor: Actor, videoId: string): Promise<Track[]> {
  demand(actor, 'videos:read')
  const video = (await deps.videos.find(actor.accountId, videoId)) ?? missing('video')
  return deps.tracks.listByVideo(actor.accountId, video.id)
}
