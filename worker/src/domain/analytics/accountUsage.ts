import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'
import { DAY_MS } from '../usage.ts'
import { type Bucket, byBucket, type Counted, type Period } from './period.ts'

/** Views, time and egress of all videos of the account in a period, deleted ones too. */
export async function accountUsage(deps: Deps, actor: Actor, period: Period, bucket: Bucket): Promise<Counted[]> {
  demand(actor, 'stats:read')
  const days = await deps.usage.ofAccount(actor.accountId, period.from, period.to)
  return byBucket(
    days.map(({ day, ...counted }) => ({ at: day * DAY_MS, ...counted })),
    bucket,
  )
}
