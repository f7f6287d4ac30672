import { missing } from '@avocet/shared/fault'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'
import { cleanTitle } from '../videos/title.ts'
import type { Track } from './track.ts'

/** Renames a track, or makes it the only default of its video (or none). */
export async function updateTrack(deps: Deps, actor: Actor, videoId: string, id: string, edits: { label?: string | undefined; isDefault?: boolean | undefined }): Promise<Track> {
  demand(actor, 'videos:write')
  const track = (await deps.tracks.find(actor.accountId, videoId, id)) ?? missing('track')
  const changed: Track = { ...track, label: edits.label === undefined ? track.label : cleanTitle(edits.label), isDefault: edits.isDefault ?? track.isDefault }
  await deps.commit([deps.tracks.put(changed)])
  return changed
}
