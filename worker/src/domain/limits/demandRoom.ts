import { Fault } from '@avocet/shared/fault'
import type { Budget } from '../platform.ts'
import type { Deps } from '../ports.ts'

/** Counts an attempt against every budget, or throws rate_limited when one of them is spent. */
export async function demandRoom(deps: Deps, budgets: readonly Budget[]): Promise<void> {
  const verdicts = await Promise.all(budgets.map((budget) => deps.limiter.take(budget)))
  const spent = verdicts.filter((verdict) => verdict && !verdict.allowed).map((verdict) => verdict?.resetSeconds ?? 0)
  if (spent.length > 0) throw new Fault('rate_limited', 'Too many attempts. Wait before you try again.', { retryAfterSeconds: Math.max(1, ...spent) })
}
