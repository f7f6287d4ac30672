import { missing } from '@avocet/shared/fault'
import type { Deps } from '../ports.ts'
import type { ApiKey, RateLimits } from './apiKey.ts'

/** Gives a key budgets of its own, or with null the account's common ones back. The site's operator alone may: an account would lift its own limits. */
export async function setRateLimits(deps: Deps, id: string, rateLimits: RateLimits | null): Promise<ApiKey> {
  const key = (await deps.apiKeys.findAny(id)) ?? missing('api key')
  await deps.commit([deps.apiKeys.setRateLimits(key, rateLimits)])
  return { ...key, rateLimits }
}
