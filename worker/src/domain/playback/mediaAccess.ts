import { type EncodeId, isId } from '@avocet/shared/ids'
import { missing } from '@avocet/shared/fault'
import { encodePrefix } from '@avocet/shared/objectKeys'
import type { Deps } from '../ports.ts'
import type { PlaybackClaims } from './claims.ts'

/** What players may fetch of an encode: init and media segments; images have their own addresses (A25: all else does not exist). */
const SEGMENT_FILE = /^[av][0-9a-z]{1,8}\/(?:init\.mp4|\d{1,6}-\d{1,6}-\d{1,6}\.m4s)$/

/**
 * The object of a segment anyone may fetch: of an encrypted encode, or one that a public video plays. `forever`: whether it stays so.
 * Does no database read once the encode is known.
 */
export async function openMedia(deps: Deps, encodeId: string, file: string): Promise<{ key: string; forever: boolean }> {
  if (!isId('encode', encodeId) || !SEGMENT_FILE.test(file)) return missing('file')
  const openness = (await deps.encodes.openness(encodeId)) ?? missing('file')
  return { key: encodePrefix(encodeId) + file, forever: openness === 'encrypted' }
}

/** The object of a segment of the session's own encode. */
export function sessionMediaKey(claims: PlaybackClaims, file: string): string {
  return SEGMENT_FILE.test(file) ? encodePrefix(claims.enc as EncodeId) + file : missing('file')
}
