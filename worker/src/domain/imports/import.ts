import type { AccountId, Id, UploadId, VideoId } from '@avocet/shared/ids'

export type ImportId = Id<'import'>

/** A source fetched from a customer's address into a video that awaits it. From the moment its size is known an upload of ours carries it: chunks, quota and end are that upload's. */
export interface Import {
  id: ImportId
  accountId: AccountId
  videoId: VideoId
  /** Null until the size is known. */
  uploadId: UploadId | null
  /** The address may hold a signature: it is kept sealed and never shown. */
  sealedUrl: string
  /** Of the address, for people. */
  host: string
  state: 'fetching' | 'completed' | 'failed' | 'cancelled'
  /** What tells one version of the source from another: a strong ETag, else Last-Modified; null when the server tells neither. */
  validator: string | null
  /** Whether the server answers ranges: then chunks are fetched side by side, and what is there is never fetched again. */
  ranges: boolean
  /** Tries in a row that brought nothing new. */
  tries: number
  nextAttemptAt: number
  errorReason: string | null
  errorMessage: string | null
  createdAt: number
  endedAt: number | null
  version: number
}

/** An import with what has arrived of it. */
export interface ImportProgress {
  ingest: Import
  receivedBytes: number
  /** Null until the server has told. */
  sizeBytes: number | null
}

const [SECOND, HOUR] = [1_000, 3_600_000]
/** Tries in a row that bring nothing before an import is given up: about five hours. */
export const MOST_TRIES = 12

/** Milliseconds until the next try: full jitter under a doubling ceiling, at least what the server asked for. `random` is in [0, 1). */
export function importWait(tries: number, retryAfterMs: number, random: number): number {
  const ceiling = Math.min(HOUR, 5 * SECOND * 2 ** Math.max(0, tries - 1))
  return Math.round(Math.max(Math.min(retryAfterMs, HOUR), SECOND + ceiling * random))
}
