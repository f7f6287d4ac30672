import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'
import type { DayRollup } from '../usage.ts'
import type { Period } from './period.ts'

/** Day by day what the viewings of the account in a period add up to, or those of the videos named; of those that are not the account's there are none. */
export async function audienceDays(deps: Deps, actor: Actor, period: Period, videoIds: readonly string[] | null): Promise<DayRollup[]> {
  demand(actor, 'stats:read')
  if (videoIds === null) return deps.usage.ofAccount(actor.accountId, period.from, period.to)
  const found = await Promise.all(videoIds.map((id) => deps.usage.ofVideo(actor.accountId, id as `vid_${string}`, period.from, period.to)))
  return found.flat()
}
