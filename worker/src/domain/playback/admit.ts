import { Fault } from '@avocet/shared/fault'
import type { EmbedRights } from '../embeds/embedToken.ts'
import type { Deps } from '../ports.ts'
import type { EmbedGrant } from '../rights.ts'

/**
 * Holds a session to its token's limits on viewers and views. `take` (a key is being fetched) takes a seat and counts the view;
 * without it nothing changes, and the answer is what a key would meet. Throws forbidden `too_many_viewers` or `view_limit_reached`.
 * The seat comes first, so that who finds none has not spent a view.
 */
export async function admit(deps: Deps, { minted }: EmbedGrant, sessionId: string, take: boolean): Promise<void> {
  if (!minted) return
  const { maxSessions, maxViews } = minted
  if (maxSessions !== null && !(await deps.viewers.seat(scopeOf(minted), sessionId, maxSessions, take))) {
    throw new Fault('forbidden', 'This video is being watched on as many screens as are allowed.', { reason: 'too_many_viewers' })
  }
  if (maxViews !== null && !(await deps.viewers.view(minted.id, sessionId, maxViews, take, minted.expiresAt))) {
    throw new Fault('forbidden', 'This link has been used as often as it may be.', { reason: 'view_limit_reached' })
  }
}

/** A named viewer's seats are the same on every token of theirs: each page load may bring a new one. */
const scopeOf = ({ accountId, viewerId, id }: EmbedRights) => (viewerId === null ? id : `${accountId} ${viewerId}`)
