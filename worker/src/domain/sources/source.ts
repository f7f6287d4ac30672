import type { AccountId, AssetId, VideoId } from '@avocet/shared/ids'
import { sourcePartKey } from '@avocet/shared/objectKeys'
import type { Write } from '../ports.ts'

/**
 * A file on its way into a video that awaits it, in parts of any size and in any order. R2 joins equal parts alone: these are kept as
 * objects of their own for good, and read one behind the other.
 */
export interface Intake {
  videoId: VideoId
  accountId: AccountId
  /** The asset the file will be. */
  assetId: AssetId
  filename: string
  /** How parts say where they belong: by their number, or by their bytes. */
  style: 'part' | 'bytes'
  /** Parts or bytes in all; null while the sender does not know. */
  total: number | null
  createdAt: number
  expiresAt: number
}

export interface SourcePart {
  assetId: AssetId
  /** Number of the part from 0, or its first byte. */
  position: number
  /** Tells tries apart: objects are never overwritten. */
  name: string
  sizeBytes: number
  sha256: string
}

export const partKey = ({ assetId, name }: Pick<SourcePart, 'assetId' | 'name'>): string => sourcePartKey(assetId, name)

export const sumOf = (parts: readonly SourcePart[]): number => parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)

/** Whether these parts, in order of position, are the whole file: each begins where the one before it ends. */
export function isWhole({ style, total }: Intake, parts: readonly SourcePart[]): boolean {
  let next = 0
  for (const { position, sizeBytes } of parts) {
    if (position !== next) return false
    next += style === 'part' ? 1 : sizeBytes
  }
  return next === total
}

export interface SourceStore {
  intake(videoId: VideoId): Promise<Intake | null>
  /** In order of position. */
  parts(assetId: AssetId): Promise<SourcePart[]>
  /** Fails the commit with `conflict` when the video has one. */
  begin(intake: Intake): Write
  /** Tells an intake its total and its later end. Guarded: it is there, of this style, and of this total if it has one. */
  proceed(intake: Intake): Write
  /** Fails the commit with `conflict` when a part is there. */
  addPart(part: SourcePart): Write
  /** Ends an intake; guarded: it is there. Its parts stay with the asset. */
  close(videoId: VideoId): Write
  forgetParts(assetId: AssetId): Write
  /** Past their end, or of videos that are not there, an hour after their beginning; oldest first. */
  listExpired(now: number, limit: number): Promise<Intake[]>
}
