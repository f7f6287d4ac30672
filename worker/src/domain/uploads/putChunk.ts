import { Fault } from '@avocet/shared/fault'
import { type Actor, demandForUpload } from '../actor.ts'
import type { DigestedStream } from '../platform.ts'
import type { Deps } from '../ports.ts'
import { expectedChunkBytes } from './chunkSize.ts'
import { chunkConflict, demandDigest, demandLength, type IncomingChunk, keepChunk } from './keepChunk.ts'
import { expiryOf } from './upload.ts'
import { demandOpen, findUpload, uploadExpired } from './uploadState.ts'

export interface StoredChunk {
  index: number
  sizeBytes: number
  duplicate: boolean
}

/**
 * Streams one chunk into the store while hashing it; memory stays flat. The same bytes again are a duplicate and change nothing,
 * other bytes under a stored index are refused (the file changed under the upload), and so are bytes that are not what their sender says:
 * bad_request `digest_mismatch`, to be sent again.
 */
export async function putChunk(deps: Deps, actor: Actor, uploadId: string, chunk: IncomingChunk): Promise<StoredChunk> {
  demandForUpload(actor, 'videos:write')
  const upload = await findUpload(deps, actor, uploadId)
  demandOpen(upload)
  const { index } = chunk
  if (index >= upload.chunkCount) {
    throw new Fault('bad_request', `The upload has ${upload.chunkCount} chunks.`, {
      reason: 'chunk_index_out_of_range',
      extra: { chunk_count: upload.chunkCount },
    })
  }
  const sizeBytes = expectedChunkBytes(upload, index)
  if (chunk.sizeBytes !== null || !chunk.body) demandLength(chunk.sizeBytes ?? 0, sizeBytes)
  const expiresAt = expiryOf(upload.createdAt, deps.now())
  if (expiresAt <= deps.now()) throw uploadExpired()
  const digested = deps.crypto.digestStream(chunk.body as ReadableStream<Uint8Array>)

  const stored = await deps.uploads.part(upload.id, index)
  if (stored) {
    await readThrough(digested, sizeBytes)
    demandDigest(chunk, await digested.sha256)
    if ((await digested.sha256) !== stored.sha256) throw chunkConflict()
    return { index, sizeBytes, duplicate: true }
  }
  await keepChunk(deps, upload, chunk, expiresAt, digested)
  return { index, sizeBytes, duplicate: false }
}

/** Hashes a chunk without storing it. */
async function readThrough(digested: DigestedStream, expected: number): Promise<void> {
  let length = 0
  for await (const piece of digested.body) {
    length += piece.length
    if (length > expected) {
      digested.cancel()
      break
    }
  }
  demandLength(length, expected)
}
