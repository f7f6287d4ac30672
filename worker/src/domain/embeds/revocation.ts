import type { AccountId } from '@avocet/shared/ids'
import type { EmbedRights } from './embedToken.ts'

/** Tokens withdrawn together: one customer-signed token, one viewer's, or one video's. */
export interface Revocation {
  accountId: AccountId
  kind: 'token' | 'viewer' | 'video'
  /** What is named: `EmbedRights.id`, the viewer, or the video. */
  subject: string
  /** Tokens minted until then are void. 0 where only a version counts. */
  revokedAt: number
  /** Tokens of the viewer up to this version are void; null where versions do not count. */
  version: number | null
}

/** Whether rights have been withdrawn, given the revocations that name them, their viewer or their video. Pure. */
export function isWithdrawn(rights: EmbedRights, revocations: readonly Revocation[]): boolean {
  if (rights.revokedAt !== null) return true
  return revocations.some(
    ({ kind, revokedAt, version }) => kind === 'token' || rights.createdAt <= revokedAt || (version !== null && rights.viewerVersion <= version),
  )
}
