import { missing } from '@avocet/shared/fault'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'

/** Withdraws every token minted or signed for a video until now. Its own token is no such token: making the video private closes that. */
export async function revokeVideoTokens(deps: Deps, actor: Actor, videoId: string): Promise<void> {
  demand(actor, 'embeds:write')
  const video = (await deps.videos.find(actor.accountId, videoId)) ?? missing('video')
  await deps.commit([deps.revocations.put({ accountId: actor.accountId, kind: 'video', subject: video.id, revokedAt: deps.now(), version: null })])
}
