import type { Actor } from '../actor.ts'
import type { Budget, RateClass } from '../platform.ts'

/** Calls a minute of each class (contract, "Rate limits"). Chunks have none. */
const CALLS_A_MINUTE: Record<RateClass, number> = { read: 300, write: 60, upload: 60, stats: 60 }

/** What the operator may give one key instead. The upper bound is what one Durable Object can count: 100 calls a second. */
export const MOST_CALLS_A_MINUTE = 6_000

/**
 * What a call counts against, whatever the spelling of its address. All keys of an account share one budget of each class, so another
 * key buys nothing (A34); a key that the operator gave a limit of its own has that budget to itself. People's sessions share another,
 * so that a busy script does not lock its owner out of the dashboard.
 */
export function budgetOf(actor: Actor, rateClass: RateClass): Budget {
  // Each upload token apart: whoever holds one cannot use up what others have.
  if (actor.kind === 'uploadToken') return { owner: `upload token ${actor.subjectId}`, name: rateClass, limit: CALLS_A_MINUTE[rateClass], windowSeconds: 60 }
  const own = actor.rateLimits?.[rateClass]
  const name = own === undefined ? `${rateClass} ${actor.kind}` : `${rateClass} ${actor.subjectId}`
  return { owner: actor.accountId, name, limit: own ?? CALLS_A_MINUTE[rateClass], windowSeconds: 60 }
}

/** Guessing at credentials from one address: 20 attempts a minute. */
export const addressBudget = (address: string): Budget => ({ owner: `address ${address}`, name: 'credentials', limit: 20, windowSeconds: 60 })

/** Access tokens of one account, whatever addresses ask for them: each lasts an hour. */
export const accessBudget = (accountId: string): Budget => ({ owner: accountId, name: 'access tokens', limit: 60, windowSeconds: 60 })

/** Guessing at one account's password: 10 attempts in 10 minutes from devices that never logged in to it. `subject` must not tell whether it exists. */
export const loginBudget = (subject: string): Budget => ({ owner: `login ${subject}`, name: 'strangers', limit: 10, windowSeconds: 600 })

/** The same for each device that has logged in before: strangers cannot use it up (A13). */
export const deviceBudget = (subject: string, device: string): Budget => ({ owner: `login ${subject}`, name: `device ${device}`, limit: 10, windowSeconds: 600 })
