import { Fault } from '@avocet/shared/fault'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'
import { encodeOf } from './encodeOf.ts'
import { failEncode } from './failEncode.ts'

/** Ends an encode that is not finished; hosts hear of it with their next heartbeat. What plays goes on playing. Throws not_found, conflict `encode_ended`. */
export async function cancelEncode(deps: Deps, actor: Actor, videoId: string, encodeId: string): Promise<void> {
  demand(actor, 'videos:write')
  const { encode } = await encodeOf(deps, actor, videoId, encodeId)
  if (encode.state === 'ready' || encode.state === 'failed') throw new Fault('conflict', 'This encode has ended.', { reason: 'encode_ended' })
  await failEncode(deps, encode.id, { reason: 'cancelled', message: 'The encode was cancelled.' }, [])
}
