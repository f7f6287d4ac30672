/** Ports of viewing rights: embed tokens, the keys customers sign them with, revocations, and what a token opens. The rest is in ports.ts. */
import type { AccountId, VideoId } from '@avocet/shared/ids'
import type { Listing, Slice } from '@avocet/shared/page'
import type { Asset } from './assets/asset.ts'
import type { EmbedRights, EmbedToken } from './embeds/embedToken.ts'
import type { Revocation } from './embeds/revocation.ts'
import type { Encode } from './encodes/encode.ts'
import type { Write } from './ports.ts'
import type { Preset } from './presets/preset.ts'
import type { SigningKey } from './signingKeys/signingKey.ts'
import type { Track } from './tracks/track.ts'
import type { Video } from './videos/video.ts'

export interface EmbedTokenStore {
  find(accountId: AccountId, id: string): Promise<EmbedToken | null>
  list(accountId: AccountId, videoId: VideoId | null, slice: Slice): Promise<Listing<EmbedToken>>
  add(token: EmbedToken): Write
  revoke(id: EmbedToken['id'], at: number): Write
}

export interface RevocationStore {
  /** Adds, or widens what is there: a later instant, a higher version. */
  put(revocation: Revocation): Write
}

export interface SigningKeyStore {
  find(accountId: AccountId, id: string): Promise<SigningKey | null>
  /** Of any account and in any state, for verifying. */
  findAny(id: SigningKey['id']): Promise<SigningKey | null>
  /** The same, up to 5 s old. */
  findRecent(id: SigningKey['id']): Promise<SigningKey | null>
  list(accountId: AccountId, slice: Slice): Promise<Listing<SigningKey>>
  add(key: SigningKey): Write
  /** Guarded: the key has no end yet. */
  retire(id: SigningKey['id'], at: number): Write
  revoke(id: SigningKey['id'], at: number): Write
}

/** What playing by an embed token depends on. `minted` is null when `token` is the video's own. */
export interface EmbedGrant {
  token: string
  /** Those that name the minted token, its viewer or its video. */
  revocations: Revocation[]
  video: Video
  asset: Asset
  encode: Encode | null
  minted: EmbedRights | null
  preset: Preset | null
  tracks: Track[]
}

export interface EmbedStore {
  /** Resolves a token of ours, a video's own or a minted one; deleted videos excluded. `recent`: up to 5 s old, free when warm. */
  resolve(token: string, recent: boolean): Promise<EmbedGrant | null>
  /** The same for a token a customer signed, once verified. */
  resolveSigned(token: string, rights: EmbedRights, recent: boolean): Promise<EmbedGrant | null>
  /** The viewer a minted token names, also one that is revoked; null for a video's own and for none. Remembered. */
  viewerOf(token: string): Promise<string | null>
}
