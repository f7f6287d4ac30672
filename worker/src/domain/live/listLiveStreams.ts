import type { Listing, Slice } from '@avocet/shared/page'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'
import { openLiveStream } from './keys.ts'
import type { LiveQuery, OpenLiveStream } from './liveStream.ts'

/** The account's live streams whose name holds a text, or the one of a stream key. */
export async function listLiveStreams(
  deps: Deps,
  actor: Actor,
  query: { name: string | null; streamKey: string | null; sort: LiveQuery['sort'] },
  slice: Slice,
): Promise<Listing<OpenLiveStream>> {
  demand(actor, 'videos:read')
  const streamKeyHash = query.streamKey === null ? null : await deps.crypto.sha256Hex(query.streamKey)
  const { items, total } = await deps.liveStreams.list(actor.accountId, { name: query.name, streamKeyHash, sort: query.sort }, slice)
  return { items: await Promise.all(items.map((stream) => openLiveStream(deps, actor, stream))), total }
}
