import { Fault } from '@avocet/shared/fault'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'
import { endImport } from './endImport.ts'
import { getImport } from './importOf.ts'

/** Ends a running import; its video awaits another source. Repeating it is harmless. Throws not_found, conflict `import_ended`. */
export async function cancelImport(deps: Deps, actor: Actor, videoId: string): Promise<void> {
  demand(actor, 'videos:write')
  const { ingest } = await getImport(deps, actor, videoId)
  if (ingest.state === 'cancelled') return
  if (ingest.state !== 'fetching') throw new Fault('conflict', `The import has ${ingest.state}.`, { reason: 'import_ended' })
  await endImport(deps, ingest, 'cancelled', { reason: 'import_cancelled', message: 'The import was cancelled.' })
}
