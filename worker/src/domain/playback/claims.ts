import { Fault } from '@avocet/shared/fault'
import { type EncodeId, isId, type VideoId } from '@avocet/shared/ids'
import type { Deps } from '../ports.ts'

/** What a playback token says. */
export interface PlaybackClaims {
  sub: VideoId
  /** The embed token it was opened with. */
  emb: string
  sid: string
  enc: EncodeId
  /** Playlist type, fixed for the session. */
  typ: 'EVENT' | 'VOD'
  /** The site it was opened on, scheme and host; null where none was told. Keys are held to the lists of then and now. */
  org: string | null
  /** Whether its segments, though not encrypted, are anyone's: they have one address for all. */
  pub: boolean
}

/** How long after its end a playback token may still be exchanged for a new one: a laptop that slept goes on where it was. */
const RENEWABLE_SECONDS = 24 * 3600

/** The claims of a playback token, by computation alone. Throws unauthenticated `playback_token_invalid`. */
export async function playbackClaims(deps: Deps, token: string): Promise<PlaybackClaims> {
  const claims = decode(await deps.tokens.verify('playback', token))
  if (!claims) throw new Fault('unauthenticated', 'The playback token is not valid or has expired.', { reason: 'playback_token_invalid' })
  return claims
}

/** The claims of a token that is to be renewed, also one that ended within the last day; null when it is none of ours. */
export async function renewableClaims(deps: Deps, token: string): Promise<PlaybackClaims | null> {
  return decode(await deps.tokens.verify('playback', token, RENEWABLE_SECONDS))
}

function decode(claims: Record<string, unknown> | null): PlaybackClaims | null {
  if (typeof claims?.sub !== 'string' || typeof claims.enc !== 'string' || typeof claims.emb !== 'string' || typeof claims.sid !== 'string') return null
  if (!isId('video', claims.sub) || !isId('encode', claims.enc) || (claims.typ !== 'EVENT' && claims.typ !== 'VOD')) return null
  return { sub: claims.sub, emb: claims.emb, sid: claims.sid, enc: claims.enc, typ: claims.typ, org: typeof claims.org === 'string' ? claims.org : null, pub: claims.pub === true }
}
