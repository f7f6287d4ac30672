import { isId } from '@avocet/shared/ids'
import type { Deps } from '../ports.ts'

/** Adds a batch of views up: one write a video, and a session counts once in a batch. */
export async function countViews(deps: Deps, beacons: readonly { videoId: string; sessionId: string }[]): Promise<void> {
  const sessions = new Map<string, Set<string>>()
  for (const { videoId, sessionId } of beacons) sessions.set(videoId, (sessions.get(videoId) ?? new Set()).add(sessionId))
  await deps.commit([...sessions].flatMap(([videoId, ids]) => (isId('video', videoId) ? [deps.videos.addViews(videoId, ids.size)] : [])))
}
