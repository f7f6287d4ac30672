import { missing } from '@avocet/shared/fault'
import { isId } from '@avocet/shared/ids'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'
import type { SessionEvent } from './playSession.ts'

/** What was done in one viewing, in the order it happened; at most 100. Throws not_found for a viewing of another video, or none that is kept. */
export async function listSessionEvents(deps: Deps, actor: Actor, videoId: string, sessionId: string): Promise<SessionEvent[]> {
  demand(actor, 'stats:read')
  const video = (await deps.videos.find(actor.accountId, videoId)) ?? missing('video')
  return (isId('session', sessionId) ? await deps.audiences.sessionEvents(video.id, sessionId) : null) ?? missing('session')
}
