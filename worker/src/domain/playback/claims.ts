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
}

/** The claims of a playback token, by computation alone. Throws unauthenticated `playback_token_invalid`. */
export async function playbackClaims(deps: Deps, token: string): Promise<PlaybackClaims> {
  const claims = (await deps.tokens.verify('playback', token)) as Partial<PlaybackClaims> | null
  if (!claims || !isId('video', claims.sub ?? '') || !isId('encode', claims.enc ?? '') || typeof claims.emb !== 'string') {
    throw new Fault('unauthenticated', 'The playback token is not valid or has expired.', { reason: 'playback_token_invalid' })
  }
  return claims as PlaybackClaims
}
