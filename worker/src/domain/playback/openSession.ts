import { Fault } from '@avocet/shared/fault'
import type { Deps, EmbedGrant } from '../ports.ts'
import { isDomainAllowed } from './domains.ts'
import { domainLists, openGrant } from './grant.ts'
import type { PlaybackClaims } from './claims.ts'

/** Playback tokens live 4 h; the player renews at 80 %. A ticket outlives one token, so that a renewal needs no reload. */
export const PLAYBACK_SECONDS = 4 * 3600
const TICKET_SECONDS = 6 * 3600

/** Signed proof that a page load passed the domain check. */
export function signTicket(deps: Deps, grant: EmbedGrant): Promise<string> {
  return deps.tokens.sign('ticket', { emb: grant.token }, TICKET_SECONDS)
}

export interface OpenedSession {
  grant: EmbedGrant
  sessionId: string
  token: string
}

/**
 * Opens one viewing. Where a domain list is set, the caller shows a ticket of our player page or comes from an allowed `Origin`.
 * Throws what `openGrant` throws, forbidden `domain_not_allowed`, not_ready while nothing is playable, unprocessable `encoding_failed`.
 */
export async function openSession(deps: Deps, embedToken: string, proof: { ticket: string | null; origin: string | null }): Promise<OpenedSession> {
  const grant = await openGrant(deps, embedToken)
  if (!(await mayOpen(deps, grant, proof))) throw new Fault('forbidden', 'This video may not be played on this site.', { reason: 'domain_not_allowed' })
  const { asset, video, encode } = grant
  if (asset.currentEncodeId === null || !encode) {
    if (video.status === 'failed') throw new Fault('unprocessable', video.errorMessage ?? 'This video could not be processed.', { reason: 'video_failed' })
    throw new Fault('not_ready', 'This video is still being prepared.', { retryAfterSeconds: 3 })
  }
  const sessionId = deps.newId('session')
  const claims: PlaybackClaims = { sub: video.id, emb: grant.token, sid: sessionId, enc: encode.id, typ: encode.state === 'ready' ? 'VOD' : 'EVENT' }
  return { grant, sessionId, token: await deps.tokens.sign('playback', { ...claims }, PLAYBACK_SECONDS) }
}

async function mayOpen(deps: Deps, grant: EmbedGrant, { ticket, origin }: { ticket: string | null; origin: string | null }): Promise<boolean> {
  const lists = domainLists(grant)
  if (lists.every((list) => list.length === 0)) return true
  if (ticket && (await deps.tokens.verify('ticket', ticket))?.emb === grant.token) return true
  return origin !== null && lists.every((list) => isDomainAllowed(list, origin, false))
}
