import type { AccountId, Id } from '@avocet/shared/ids'
import type { Scope } from '../actor.ts'
import type { RateClass } from '../platform.ts'

/** `avc_` + 64 hex, shown once; only its SHA-256 is kept. */
export interface ApiKey {
  id: Id<'apiKey'>
  accountId: AccountId
  name: string
  keyHash: string
  /** `avc_` and 8 digits, for telling keys apart in lists. */
  keyPrefix: string
  scopes: Scope[]
  expiresAt: number | null
  lastUsedAt: number | null
  revokedAt: number | null
  createdAt: number
  /** Set by the operator; null: the common limits hold. */
  rateLimits: RateLimits | null
}

/** Calls a minute of a class, in place of the common limit. */
export type RateLimits = Partial<Record<RateClass, number>>

/** The spelling of an API key; also for secret scanners. */
export const API_KEY = /^avc_[0-9a-f]{64}$/
