import { type Actor, demand } from '../actor.ts'
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
  demand(actor, 'videos:read')
  const upload = await findUpload(deps, actor, uploadId)
  const parts = await deps.uploads.parts(upload.id)
  const received = new Set(parts.map(({ chunkIndex }) => chunkIndex))
  return {
    upload,
    receivedBytes: parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    receivedCount: received.size,
    missing: Array.from({ length: upload.chunkCount }, (_, index) => index).filter((index) => !received.has(index)),
  }
}
