import { type Actor, demandForUpload } from '../actor.ts'
import type { Deps } from '../ports.ts'
import type { Upload } from './upload.ts'
import { findUpload } from './uploadState.ts'

export interface UploadProgress {
  upload: Upload
  receivedBytes: number
  receivedCount: number
  /** Indexes still to be sent, in order. */
  missing: number[]
}

/** What has arrived and what has not: all a client needs to go on after a reload. */
export async function getUpload(deps: Deps, actor: Actor, uploadId: string): Promise<UploadProgress> {
  demandForUpload(actor, 'videos:read')
  const upload = await findUpload(deps, actor, uploadId)
  // The ledger is dropped when an upload ends: nothing is missing then, and of all but a completed one nothing is there.
  const ended = upload.state !== 'open' && upload.state !== 'completing'
  const parts = ended ? [] : await deps.uploads.parts(upload.id)
  const received = new Set(parts.map(({ chunkIndex }) => chunkIndex))
  const whole = upload.state === 'completed'
  return {
    upload,
    receivedBytes: whole ? upload.sizeBytes : parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    receivedCount: whole ? upload.chunkCount : received.size,
    missing: ended ? [] : Array.from({ length: upload.chunkCount }, (_, index) => index).filter((index) => !received.has(index)),
  }
}
