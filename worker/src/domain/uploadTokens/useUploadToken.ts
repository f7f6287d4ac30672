import { Fault } from '@avocet/shared/fault'
import type { Actor } from '../actor.ts'
import type { Deps, Write } from '../ports.ts'

/**
 * Makes sure that the actor's token, if it has one, allows one more upload of this size into this video, and returns the writes that count
 * it: their commit conflicts when another upload took the last use meanwhile. A size that is not known yet is null: see `mostBytes`.
 * Throws unauthenticated `upload_token_expired`, forbidden (`upload_token_used_up`, `upload_token_other_video`), too_large `file_too_large`.
 */
export function useUploadToken(deps: Deps, { uploadToken: token }: Actor, upload: { sizeBytes: number | null; videoId: string | null }): Write[] {
  if (!token) return []
  if (token.expiresAt !== null && token.expiresAt <= deps.now()) throw new Fault('unauthenticated', 'The upload token has expired.', { reason: 'upload_token_expired' })
  if (token.maxUploads !== null && token.uploads >= token.maxUploads)
    throw new Fault('forbidden', 'This upload token has been used up.', { reason: 'upload_token_used_up', extra: { max_uploads: token.maxUploads } })
  if (token.videoId !== null && upload.videoId !== token.videoId)
    throw new Fault('forbidden', 'This upload token is for one video alone.', { reason: 'upload_token_other_video', extra: { video_id: token.videoId } })
  if (token.maxBytes !== null && (upload.sizeBytes ?? 0) > token.maxBytes)
    throw new Fault('too_large', `With this upload token a file may have at most ${token.maxBytes} bytes.`, { reason: 'file_too_large', extra: { max_size: token.maxBytes } })
  return [deps.uploadTokens.use(token.id, deps.now())]
}

/** The video an upload goes into: the one asked for, else the token's, else none. */
export const targetOf = ({ uploadToken }: Actor, wanted: string | null | undefined): string | null => wanted ?? uploadToken?.videoId ?? null

/** Most bytes this actor may upload in one go, where the site allows `limit`. */
export const mostBytes = ({ uploadToken }: Actor, limit: number): number => Math.min(limit, uploadToken?.maxBytes ?? limit)
