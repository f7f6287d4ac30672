import { missing } from '@avocet/shared/fault'
import type { Listing, Slice } from '@avocet/shared/page'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'
import type { PlaySession, SessionQuery } from './playSession.ts'

/** Viewings of a video that began in a time, the newest first; those of the last month, at most the newest 10,000. */
export async function listSessions(deps: Deps, actor: Actor, id: string, query: SessionQuery, slice: Slice): Promise<Listing<PlaySession>> {
  demand(actor, 'stats:read')
  const video = (await deps.videos.find(actor.accountId, id)) ?? missing('video')
  return deps.audiences.sessions(video.id, query, slice)
}
