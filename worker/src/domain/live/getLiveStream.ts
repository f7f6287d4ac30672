import { missing } from '@avocet/shared/fault'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'
import { openLiveStream } from './keys.ts'
import type { OpenLiveStream } from './liveStream.ts'

/** A live stream of the account. Throws not_found. */
export async function getLiveStream(deps: Deps, actor: Actor, id: string): Promise<OpenLiveStream> {
  demand(actor, 'videos:read')
  return openLiveStream(deps, actor, (await deps.liveStreams.find(actor.accountId, id)) ?? missing('live stream'))
}
