import { missing } from '@avocet/shared/fault'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'

/** Ends the broadcast under way; without one, as until broadcasts are taken in, there is nothing to end. Throws not_found. */
export async function completeLiveStream(deps: Deps, actor: Actor, id: string): Promise<void> {
  demand(actor, 'videos:write')
  if (!(await deps.liveStreams.find(actor.accountId, id))) missing('live stream')
}
