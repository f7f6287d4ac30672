import { missing } from '@avocet/shared/fault'
import { liveImageKey } from '@avocet/shared/objectKeys'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'

/** Removes a live stream with its thumbnail; its stream key opens nothing any more. Throws not_found. */
export async function deleteLiveStream(deps: Deps, actor: Actor, id: string): Promise<void> {
  demand(actor, 'videos:write')
  const stream = (await deps.liveStreams.find(actor.accountId, id)) ?? missing('live stream')
  await deps.commit([deps.liveStreams.remove(stream)])
  if (stream.thumbnail) deps.defer(deps.objects.delete([liveImageKey(stream.thumbnail.file)]))
}
