import type { EncodeProfile } from '@avocet/shared/encode'
import type { AccountId, Id } from '@avocet/shared/ids'

/** The tenant: owns everything private. The quota bounds used + reserved bytes of sources. */
export interface Account {
  id: AccountId
  name: string
  storageQuotaBytes: number
  storageUsedBytes: number
  storageReservedBytes: number
  /** Whether `?api_key=` is accepted (contract; an account can switch it off). */
  queryKeyAllowed: boolean
  /** What is made of its videos unless an encode is asked for otherwise. */
  encodeProfile: EncodeProfile
  createdAt: number
  /** Since when its credentials open nothing; null for one in use. */
  suspendedAt: number | null
}

export interface User {
  id: Id<'user'>
  accountId: AccountId
  email: string
  name: string
  /** PHC string. */
  passwordHash: string
  role: 'owner' | 'editor' | 'viewer'
  siteAdmin: boolean
  /** Sessions carry it; raising it ends them. */
  sessionVersion: number
  createdAt: number
}
