import { missing } from '@avocet/shared/fault'
import type { VideoId } from '@avocet/shared/ids'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'
import { awaitsSource } from '../videos/demandAwaiting.ts'
import type { VideoDetail } from '../ports.ts'
import type { ImportProgress } from './import.ts'

/** A video's newest import with what has arrived. Throws not_found `import_not_found`. */
export async function getImport(deps: Deps, actor: Actor, videoId: string): Promise<ImportProgress> {
  demand(actor, 'videos:read')
  return (await deps.imports.latest(actor.accountId, [videoId as VideoId]))[0] ?? missing('import')
}

/** The newest imports, by video, of those of some videos that await their source; nothing is asked where none does. */
export async function importsOf(deps: Deps, actor: Actor, details: readonly VideoDetail[]): Promise<Map<VideoId, ImportProgress>> {
  const awaiting = details.filter(({ asset }) => awaitsSource(asset)).map(({ video }) => video.id)
  const found = awaiting.length === 0 ? [] : await deps.imports.latest(actor.accountId, awaiting)
  return new Map(found.map((progress) => [progress.ingest.videoId, progress]))
}
