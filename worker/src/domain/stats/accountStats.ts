import { missing } from '@avocet/shared/fault'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'

/** Totals of the account, now. Storage counts live sources. */
export async function accountStats(deps: Deps, actor: Actor) {
  demand(actor, 'stats:read')
  const [account, totals] = await Promise.all([deps.accounts.find(actor.accountId), deps.videos.totals(actor.accountId)])
  return { ...totals, account: account ?? missing('account') }
}
