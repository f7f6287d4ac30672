import { Fault } from '@avocet/shared/fault'
import { type Actor, demandForUpload } from '../actor.ts'
import type { StreamParts } from '../platform.ts'
import type { Deps } from '../ports.ts'
import { expectedChunkBytes } from './chunkSize.ts'
import { finishUpload } from './finishUpload.ts'
import { keepChunk, recordChunk, storeChunk } from './keepChunk.ts'
import { expiryOf, type Upload, type UploadPart } from './upload.ts'
import { uploadOffset } from './uploadOffset.ts'
import { demandOpen, findUpload } from './uploadState.ts'

export interface Append {
  /** Where the bytes begin: exactly where the upload has got to. */
  offset: number
  body: ReadableStream<Uint8Array> | null
  /** Their number when it is announced. */
  sizeBytes: number | null
  checksum: { algorithm: 'SHA-1' | 'SHA-256'; base64: string } | null
}

/**
 * Takes bytes in order: whole chunks, and at the end what is left. What follows the last whole chunk is dropped, so the offset to go on
 * from may lie before the end of what was sent; with a checksum nothing counts until all of it has come and is right. The last byte ends
 * the upload and makes its video. Throws conflict `offset_mismatch`, bad_request (`chunk_size_mismatch` for an announced length that is not of
 * whole chunks, `checksum_mismatch`), too_large, and what ending an upload does.
 */
export async function appendToUpload(deps: Deps, actor: Actor, id: string, append: Append): Promise<{ upload: Upload; offset: number }> {
  demandForUpload(actor, 'videos:write')
  const upload = await findUpload(deps, actor, id)
  demandOpen(upload)
  const from = await uploadOffset(deps, upload)
  if (append.offset !== from) throw new Fault('conflict', `The upload has got to ${from}.`, { reason: 'offset_mismatch', extra: { offset: from } })
  if (append.sizeBytes !== null) demandWholeChunks(upload, from + append.sizeBytes)
  const offset = append.body && append.sizeBytes !== 0 ? await takeChunks(deps, upload, from, append.body, append.checksum) : from
  if (offset === upload.sizeBytes) await finishUpload(deps, upload)
  return { upload, offset }
}

function demandWholeChunks({ sizeBytes, chunkBytes }: Upload, end: number): void {
  if (end > sizeBytes) throw new Fault('too_large', `The upload has ${sizeBytes} bytes.`, { reason: 'file_too_large', extra: { max_size: sizeBytes } })
  if (end < sizeBytes && end % chunkBytes !== 0)
    throw new Fault('bad_request', `Send a multiple of ${chunkBytes} bytes, or all that is left.`, { reason: 'chunk_size_mismatch', extra: { chunk_size: chunkBytes } })
}

async function takeChunks(deps: Deps, upload: Upload, from: number, body: ReadableStream<Uint8Array>, checksum: Append['checksum']): Promise<number> {
  const digested = checksum && deps.crypto.digestThrough(body, checksum.algorithm)
  const parts = deps.crypto.split(digested?.body ?? body)
  const expiresAt = expiryOf(upload.createdAt, deps.now())
  const held: UploadPart[] = []
  let offset = from
  while (offset < upload.sizeBytes && !(await parts.ended())) {
    const chunk = { index: offset / upload.chunkBytes, body: parts.next(expectedChunkBytes(upload, offset / upload.chunkBytes)), sizeBytes: null, sha256: null }
    try {
      if (checksum) held.push(await storeChunk(deps, upload, chunk))
      else await keepChunk(deps, upload, chunk, expiresAt)
    } catch (error) {
      // The sender stopped inside a chunk, without having said how much it sends.
      if (!checksum && error instanceof Fault && error.details.reason === 'chunk_size_mismatch') return offset
      parts.cancel()
      throw error
    }
    offset += expectedChunkBytes(upload, chunk.index)
  }
  await demandEnded(parts, upload)
  if (checksum && checksum.base64 !== (await digested?.base64))
    throw new Fault('bad_request', 'The bytes did not arrive as they were sent. Send them again.', { reason: 'checksum_mismatch' })
  for (const part of held) await recordChunk(deps, upload, part, expiresAt)
  return offset
}

async function demandEnded(parts: StreamParts, upload: Upload): Promise<void> {
  if (await parts.ended()) return
  parts.cancel()
  throw new Fault('too_large', `The upload has ${upload.sizeBytes} bytes.`, { reason: 'file_too_large', extra: { max_size: upload.sizeBytes } })
}
