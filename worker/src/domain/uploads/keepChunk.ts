import { Fault, missing } from '@avocet/shared/fault'
import { sourceKey } from '@avocet/shared/objectKeys'
import type { DigestedStream } from '../platform.ts'
import type { Deps } from '../ports.ts'
import { expectedChunkBytes } from './chunkSize.ts'
import type { Upload, UploadPart } from './upload.ts'
import { demandOpen, uploadCompleting } from './uploadState.ts'

export interface IncomingChunk {
  index: number
  body: ReadableStream<Uint8Array> | null
  /** Content-Length, or null when the client streams without one. */
  sizeBytes: number | null
  /** What the sender says its bytes' SHA-256 is, as hex; null when it does not say. */
  sha256: string | null
}

/** Streams a chunk into the store while hashing it, and records it. Throws like `putChunk`. */
export async function keepChunk(deps: Deps, upload: Upload, chunk: IncomingChunk, expiresAt: number, digested = deps.crypto.digestStream(chunk.body as ReadableStream<Uint8Array>)): Promise<void> {
  await recordChunk(deps, upload, await storeChunk(deps, upload, chunk, digested), expiresAt)
}

/** Streams a chunk into the store. Until it is recorded it counts for nothing. */
export async function storeChunk(deps: Deps, upload: Upload, chunk: IncomingChunk, digested = deps.crypto.digestStream(chunk.body as ReadableStream<Uint8Array>)): Promise<UploadPart> {
  const { index } = chunk
  const sizeBytes = expectedChunkBytes(upload, index)
  const etag = await store(deps, upload, index, digested, sizeBytes)
  demandDigest(chunk, await digested.sha256)
  return { uploadId: upload.id, chunkIndex: index, sizeBytes, etag, sha256: await digested.sha256, storedAt: deps.now() }
}

/** Makes a stored chunk part of its upload. */
export async function recordChunk(deps: Deps, upload: Upload, part: UploadPart, expiresAt: number): Promise<void> {
  const outcome = await deps.uploads.putPart(part, expiresAt)
  if (outcome === 'conflict') throw chunkConflict()
  if (outcome === 'closed') {
    demandOpen((await deps.uploads.find(upload.accountId, upload.id)) ?? missing('upload'))
    // It was being completed and is open again: the chunk is stored but not recorded.
    throw uploadCompleting()
  }
}

/** What arrived damaged is never recorded. */
export function demandDigest({ sha256 }: IncomingChunk, got: string): void {
  if (sha256 !== null && sha256 !== got)
    throw new Fault('bad_request', 'The chunk did not arrive as it was sent. Send it again.', { reason: 'digest_mismatch', extra: { sha256: got } })
}

export function demandLength(got: number, expected: number): void {
  const extra = { expected }
  if (got === 0) throw new Fault('bad_request', 'The chunk is empty.', { reason: 'chunk_empty', extra })
  if (got > expected) throw new Fault('too_large', `This chunk has ${expected} bytes.`, { reason: 'chunk_too_large', extra })
  if (got < expected) throw new Fault('bad_request', `This chunk has ${expected} bytes.`, { reason: 'chunk_size_mismatch', extra })
}

/** A chunk whose length was not announced shows it only now, and its upload may have ended meanwhile: a failed store is told apart by what really happened. */
async function store(deps: Deps, upload: Upload, index: number, digested: DigestedStream, expected: number): Promise<string> {
  try {
    const { etag } = await deps.objects.putPart(sourceKey(upload.assetId), upload.multipartId, index, digested.body, expected)
    return etag
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    if (error.code === 'gone') demandOpen((await deps.uploads.find(upload.accountId, upload.id)) ?? upload)
    const { reason } = error.details
    const length = reason === 'body_too_long' ? expected + 1 : reason === 'body_too_short' ? await digested.length() : null
    digested.cancel()
    if (length !== null) demandLength(length, expected)
    throw error
  }
}

export function chunkConflict(): Fault {
  return new Fault('conflict', 'Other bytes are already stored for this chunk: the file changed during the upload.', {
    reason: 'chunk_conflict',
  })
}
