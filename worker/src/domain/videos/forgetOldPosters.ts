import { posterPrefix } from '@avocet/shared/objectKeys'
import type { Deps } from '../ports.ts'
import type { Video } from './video.ts'

/**
 * Removes posters a video had. Kept are the one it has, what is being made, and the one it had until a moment ago (`before`): who asked
 * just then is still being answered. That goes with the next change.
 */
export async function forgetOldPosters(deps: Deps, before: Video): Promise<void> {
  const keys = await deps.objects.list(posterPrefix(before.id))
  const video = await deps.videos.find(before.accountId, before.id)
  const kept = [video?.poster?.image?.key, before.poster?.image?.key]
  const jobId = video?.poster?.jobId
  const old = keys.filter((key) => !kept.includes(key) && !(jobId && key.includes(jobId)))
  if (old.length > 0) await deps.objects.delete(old)
}
