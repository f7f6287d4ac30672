import { Fault } from '@avocet/shared/fault'
import type { Encode } from '../encodes/encode.ts'
import { waitingFor } from '../encodes/liveProgress.ts'
import type { Deps } from '../ports.ts'
import type { EmbedGrant } from '../rights.ts'
import { admit } from './admit.ts'
import { type PlaybackClaims, renewableClaims } from './claims.ts'
import { demandDomain, openGrant } from './grant.ts'
import { demandPlace, type Viewer } from './viewer.ts'

const TICKET_SECONDS = 6 * 3600

/** Signed proof that a page load on a site passed the domain check; null for a load that told none. */
export function signTicket(deps: Deps, grant: EmbedGrant, site: string | null): Promise<string> {
  return deps.tokens.sign('ticket', { emb: grant.token, org: site }, TICKET_SECONDS)
}

export interface OpenedSession {
  grant: EmbedGrant
  /** What the session plays; a renewed one stays on it when a newer encode replaces it. */
  encode: Encode
  sessionId: string
  token: string
  lifetimeSeconds: number
}

/** What the caller shows. */
export interface SessionProof {
  ticket: string | null
  /** `Origin` of the request. */
  origin: string | null
  /** The playback token of a session to go on with. */
  playbackToken: string | null
}

/**
 * Opens one viewing, or renews its token: same session, encode and playlist type. Where a domain list is set, the caller shows a ticket
 * of our player page, the token it renews, or comes from an allowed `Origin`. Throws what `openGrant`, `demandPlace` and `admit` throw,
 * forbidden `domain_not_allowed`, not_ready (with `stage` and `progress`) while nothing is playable, unprocessable `video_failed` or `limits_need_encryption`.
 */
export async function openSession(deps: Deps, embedToken: string, proof: SessionProof, viewer: Viewer): Promise<OpenedSession> {
  const grant = await openGrant(deps, embedToken)
  const known = proof.playbackToken === null ? null : await renewableClaims(deps, proof.playbackToken)
  const earlier = known?.emb === grant.token && known.sub === grant.video.id ? known : null
  const site = earlier ? earlier.org : await provenSite(deps, grant, proof)
  demandDomain(deps, grant, site)
  demandPlace(deps, grant, viewer)
  const kept = earlier ? await keptEncode(deps, grant, earlier) : null
  const encode = kept ?? (await playableEncode(deps, grant))
  demandLimitsHold(grant, encode)
  const sessionId = earlier?.sid ?? deps.newId('session')
  await admit(deps, grant, sessionId, false)
  const typ = kept && earlier ? earlier.typ : encode.state === 'ready' ? 'VOD' : 'EVENT'
  const claims: PlaybackClaims = { sub: grant.video.id, emb: grant.token, sid: sessionId, enc: encode.id, typ, org: site ?? null, pub: isPublic(grant, encode) }
  const lifetimeSeconds = lifetimeOf(deps, grant)
  return { grant, encode, sessionId, lifetimeSeconds, token: await deps.tokens.sign('playback', { ...claims }, lifetimeSeconds) }
}

/** The site a viewing is opened on, by the ticket of its page load, else by the `Origin`; undefined without either. Our own page has a ticket. */
async function provenSite(deps: Deps, grant: EmbedGrant, { ticket, origin }: SessionProof): Promise<string | null | undefined> {
  const shown = ticket ? await deps.tokens.verify('ticket', ticket) : null
  if (shown?.emb === grant.token) return typeof shown.org === 'string' ? shown.org : null
  return origin === null || origin === deps.config.publicUrl ? undefined : origin
}

/** Whether anyone may have the segments as they are: nothing holds them to a link or a site. */
const isPublic = ({ minted, video }: EmbedGrant, { encryption }: Encode) => encryption === 'none' && !minted && video.visibility === 'public' && video.allowedDomains.length === 0

/** The encode a session plays, while it is there: not what is remembered of it, for a session may be renewed because it is gone. */
async function keptEncode(deps: Deps, { asset }: EmbedGrant, { enc }: PlaybackClaims): Promise<Encode | null> {
  const encode = await deps.encodes.find(enc)
  return encode?.assetId === asset.id && encode.playableAt !== null ? encode : null
}

async function playableEncode(deps: Deps, { asset, video, encode }: EmbedGrant): Promise<Encode> {
  if (asset.currentEncodeId !== null && encode) return encode
  if (video.status === 'failed') throw new Fault('unprocessable', video.errorMessage ?? 'This video could not be processed.', { reason: 'video_failed' })
  const waiting = encode ? waitingFor(encode, await deps.jobs.listBeginning(encode.id)) : { stage: 'queued', progress: 0 }
  throw new Fault('not_ready', 'This video is still being prepared.', { retryAfterSeconds: 3, extra: { ...waiting } })
}

/** Seats and views are counted where keys are released: without keys nobody would count. */
function demandLimitsHold({ minted }: EmbedGrant, { encryption }: Encode): void {
  if (encryption !== 'none' || !minted || (minted.maxSessions === null && minted.maxViews === null)) return
  throw new Fault('unprocessable', 'Limits on viewers and views hold for encrypted videos alone.', { reason: 'limits_need_encryption' })
}

/** A playback token never outlives the link it was opened with. */
function lifetimeOf(deps: Deps, { minted }: EmbedGrant): number {
  const { playbackTokenSeconds } = deps.config
  if (!minted || minted.expiresAt === null) return playbackTokenSeconds
  return Math.max(1, Math.min(playbackTokenSeconds, Math.ceil((minted.expiresAt - deps.now()) / 1000)))
}
