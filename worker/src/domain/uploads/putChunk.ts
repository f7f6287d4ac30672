import { Fault } from '@avocet/shared/fault'
import { sourceKey } from '@avocet/shared/objectKeys'
import { type Actor, demand } from '../actor.ts'
import type { DigestedStream } from '../platform.ts'
import type { Deps } from '../ports.ts'
import { expectedChunkBytes } from './chunkSize.ts'
import { demandOpen, findUpload } from './uploadState.ts'

export interface IncomingChunk {
  index: number
  body: ReadableStream<Uint8Array> | null
  /** Content-Length, or null when the client streams without one. */
  sizeBytes: number | null
}

/**
 * Streams one chunk into the store while hashing it; memory stays flat. The same bytes again are a duplicate and change nothing,
 * other bytes under a stored index are refused (the file changed under the upload).
 */
export async function putChunk(deps: Deps, actor: Actor, uploadId: string, chunk: IncomingChunk): Promise<{ index: number; sizeBytes: number; duplicate: boolean }> {
  demand(actor, 'videos:write')
  const upload = await findUpload(deps, actor, uploadId)
  demandOpen(upload)
  const { index } = chunk
  if (index >= upload.chunkCount) {
    throw new Fault('bad_request', `The upload has ${upload.chunkCount} chunks.`, { reason: 'chunk_index_out_of_range', extra: { chunk_count: upload.chunkCount } })
  }
  const expected = expectedChunkBytes(upload, index)
  if (!chunk.body || chunk.sizeBytes === 0) throw new Fault('bad_request', 'The chunk is empty.', { reason: 'chunk_empty', extra: { expected } })
  if (chunk.sizeBytes !== null) demandSize(chunk.sizeBytes, expected)
  const digested = deps.crypto.digestStream(chunk.body)
  const { body, sha256 } = digested

  const stored = await deps.uploads.part(upload.id, index)
  if (stored) {
    await body.cancel()
    if ((await sha256) !== stored.sha256) throw chunkConflict()
    return { index, sizeBytes: expected, duplicate: true }
  }
  const { etag } = await store(() => deps.objects.putPart(sourceKey(upload.assetId), upload.multipartId, index, body, expected), digested, expected)
  const part = { uploadId: upload.id, chunkIndex: index, sizeBytes: expected, etag, sha256: await sha256, storedAt: deps.now() }
  const outcome = await deps.uploads.putPart(part)
  if (outcome === 'conflict') throw chunkConflict()
  if (outcome === 'closed') demandOpen(await findUpload(deps, actor, uploadId))
  return { index, sizeBytes: expected, duplicate: false }
}

function demandSize(got: number, expected: number): void {
  if (got > expected) throw new Fault('too_large', `This chunk has ${expected} bytes.`, { reason: 'chunk_too_large', extra: { expected } })
  if (got < expected) throw new Fault('bad_request', `This chunk has ${expected} bytes.`, { reason: 'chunk_size_mismatch', extra: { expected } })
}

/** A chunk whose length was not announced shows it only now: a failed store is told apart by what really came. */
async function store<T>(put: () => Promise<T>, digested: DigestedStream, expected: number): Promise<T> {
  try {
    return await put()
  } catch (error) {
    const tooLong = error instanceof Fault && error.details.reason === 'body_too_long'
    const length = tooLong ? expected + 1 : await digested.length()
    digested.cancel()
    demandSize(length ?? expected, expected)
    throw error
  }
}

function chunkConflict(): Fault {
  return new Fault('conflict', 'Other bytes are already stored for this chunk: the file changed during the upload.', { reason: 'chunk_conflict' })
}
