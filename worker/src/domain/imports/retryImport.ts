import { Fault } from '@avocet/shared/fault'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'
import { demandAwaiting } from '../videos/demandAwaiting.ts'
import type { Import } from './import.ts'
import { getImport } from './importOf.ts'

/** Fetches an import that failed or was cancelled once more, from the beginning; one that waits for its next try is tried at once. Throws not_found, conflict `video_has_source`. */
export async function retryImport(deps: Deps, actor: Actor, videoId: string): Promise<Import> {
  demand(actor, 'videos:write')
  const { ingest } = await getImport(deps, actor, videoId)
  if (ingest.state === 'completed') throw new Fault('conflict', 'This video has its source already.', { reason: 'video_has_source' })
  const video = await demandAwaiting(deps, actor.accountId, videoId)
  const now = deps.now()
  const again: Import =
    ingest.state === 'fetching'
      ? { ...ingest, tries: 0, nextAttemptAt: now }
      : { ...ingest, state: 'fetching', uploadId: null, validator: null, tries: 0, nextAttemptAt: now, errorReason: null, errorMessage: null, endedAt: null }
  await deps.commit([deps.imports.save(again), deps.videos.setStatusByAsset(video.assetId, 'processing', null, now), deps.videos.setOriginByAsset(video.assetId, 'import')])
  deps.defer(deps.importers.wake([ingest.id]))
  return again
}
