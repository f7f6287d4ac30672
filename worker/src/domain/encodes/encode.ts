import type { ChunkManifest, EncodeDownload, EncodeImages, EncodePlan, EncodeProfile } from '@avocet/shared/encode'
import type { AccountId, AssetId, EncodeId } from '@avocet/shared/ids'
import type { Deps } from '../ports.ts'

/** One run of the ladder over an asset. */
export interface Encode {
  id: EncodeId
  accountId: AccountId
  assetId: AssetId
  state: 'planning' | 'encoding' | 'ready' | 'failed'
  /** What was asked for: the account's own until the plan is made. The plan tells what the fleet could do of it. */
  profile: EncodeProfile | null
  encryption: 'aes-128' | 'none'
  /** 32 random bytes as hex; content keys are derived from it. Never leaves the Worker. */
  keySeed: string
  plan: EncodePlan | null
  images: EncodeImages | null
  /** Null until it is made; made when a video on the asset wants it. */
  download: EncodeDownload | null
  /** 0 to 1. */
  progress: number
  errorReason: string | null
  errorMessage: string | null
  playableAt: number | null
  readyAt: number | null
  createdAt: number
  version: number
}

/** An encode nobody has planned yet. */
export function freshEncode(deps: Pick<Deps, 'newId' | 'now' | 'crypto'>, asset: { id: AssetId; accountId: AccountId }): Encode {
  return {
    id: deps.newId('encode'),
    accountId: asset.accountId,
    assetId: asset.id,
    state: 'planning',
    profile: null,
    encryption: 'aes-128',
    keySeed: deps.crypto.randomHex(32),
    plan: null,
    images: null,
    download: null,
    progress: 0,
    errorReason: null,
    errorMessage: null,
    playableAt: null,
    readyAt: null,
    createdAt: deps.now(),
    version: 1,
  }
}

/** Committed work: a piece of the picture (shared/pieces.ts; one row each), or a sound stream (`stream` is its name; one row that grows). */
export interface Chunk {
  encodeId: EncodeId
  stream: string
  chunkIndex: number
  epoch: number
  /** False only for sound still growing. */
  complete: boolean
  manifest: ChunkManifest
}

/** What a commit must know of the other chunks, without their segments. */
export interface ChunkOutline extends Pick<Chunk, 'stream' | 'chunkIndex' | 'complete'> {
  outline: Outline
}
/** The committed chunks of one stream, by index, and what one of them is like: their renditions and init segments are the same. */
export interface Standing {
  stream: string
  chunks: number[]
  outline: Outline
}
export interface Outline {
  frames: number
  /** By rendition: digest of the init segment, segments, their seconds. */
  renditions: Record<string, { init: string; segments: number; seconds: number }>
}
