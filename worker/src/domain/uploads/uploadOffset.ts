import type { Deps } from '../ports.ts'
import type { Upload } from './upload.ts'

/** Bytes from the beginning without a hole: where a client that sends in order goes on. */
export async function uploadOffset(deps: Deps, upload: Upload): Promise<number> {
  if (upload.state === 'completed') return upload.sizeBytes
  const parts = await deps.uploads.parts(upload.id)
  const hole = parts.findIndex(({ chunkIndex }, at) => chunkIndex !== at)
  return Math.min(upload.sizeBytes, (hole < 0 ? parts.length : hole) * upload.chunkBytes)
}
