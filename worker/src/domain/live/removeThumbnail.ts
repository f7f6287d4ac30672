import { missing } from '@avocet/shared/fault'
import { liveImageKey } from '@avocet/shared/objectKeys'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'
import { openLiveStream } from './keys.ts'
import type { OpenLiveStream } from './liveStream.ts'

/** Takes the uploaded thumbnail off; without one there is nothing to do. Throws not_found, conflict. */
export async function removeThumbnail(deps: Deps, actor: Actor, id: string): Promise<OpenLiveStream> {
  demand(actor, 'videos:write')
  const stream = (await deps.liveStreams.find(actor.accountId, id)) ?? missing('live stream')
  if (!stream.thumbnail) return openLiveStream(deps, actor, stream)
  const changed = { ...stream, thumbnail: null, updatedAt: deps.now() }
  await deps.commit([deps.liveStreams.save(changed)])
  deps.defer(deps.objects.delete([liveImageKey(stream.thumbnail.file)]))
  return openLiveStream(deps, actor, changed)
}
