import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'
import { type Bucket, byBucket, type Counted, type Period } from './period.ts'
import { mergeRollups, pointsOf, type Rollup } from './rollup.ts'

export interface AccountUsage {
  /** Without viewers and heat map, which are of one video each. */
  total: Rollup
  series: Counted[]
}

/** What the viewings of all videos of the account in a period add up to, deleted videos' too. */
export async function accountUsage(deps: Deps, actor: Actor, period: Period, bucket: Bucket): Promise<AccountUsage> {
  demand(actor, 'stats:read')
  const days = await deps.usage.ofAccount(actor.accountId, period.from, period.to)
  return { total: mergeRollups(days.map(({ rollup }) => rollup)), series: byBucket(pointsOf(days, bucket), bucket) }
}
