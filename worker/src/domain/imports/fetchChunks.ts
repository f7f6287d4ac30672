import { Fault } from '@avocet/shared/fault'
import type { Deps } from '../ports.ts'
import { expectedChunkBytes } from '../uploads/chunkSize.ts'
import { keepChunk } from '../uploads/keepChunk.ts'
import { expiryOf, type Upload } from '../uploads/upload.ts'
import type { Import } from './import.ts'
import { rangeOf, validatorOf } from './measureSource.ts'
import { type OpenSource, openSource } from './openSource.ts'
import { whileFetching } from './whileFetching.ts'

/** Chunks fetched side by side. */
const PARALLEL = 4
/** Chunks of one run: it stays well under what one invocation may ask and compute. */
const CHUNKS_A_RUN = 64

/** Fetches missing chunks of a source, as many as one run may. `kept` is called for each. Throws at the first that fails; what is kept stays. */
export async function fetchChunks(deps: Deps, ingest: Import, upload: Upload, missing: readonly number[], kept: () => void): Promise<void> {
  const url = await deps.seals.open(ingest.sealedUrl)
  if (!ingest.ranges) return fetchInOrder(deps, ingest, upload, url, missing, kept)
  const left = missing.slice(0, CHUNKS_A_RUN)
  let failure: { error: unknown } | null = null
  const lane = async () => {
    for (let index = left.shift(); index !== undefined && !failure; index = left.shift()) {
      try {
        await fetchChunk(deps, ingest, upload, url, index)
        kept()
      } catch (error) {
        failure ??= { error }
      }
    }
  }
  await Promise.all(Array.from({ length: PARALLEL }, lane))
  if (failure) throw (failure as { error: unknown }).error
}

async function fetchChunk(deps: Deps, ingest: Import, upload: Upload, url: string, index: number): Promise<void> {
  const from = index * upload.chunkBytes
  const sizeBytes = expectedChunkBytes(upload, index)
  const to = from + sizeBytes - 1
  const source = await openSource(deps, url, { Range: `bytes=${from}-${to}`, ...(ingest.validator === null ? {} : { 'If-Range': ingest.validator }) })
  const range = rangeOf(source)
  if (source.status !== 206 || range?.from !== from || range.to !== to || range.size !== upload.sizeBytes || isOther(ingest, source)) {
    await source.body?.cancel().catch(() => {})
    throw changed()
  }
  await keep(deps, upload, index, source.body && whileFetching(deps, ingest.id, source.body))
}

/** A server without ranges: everything from the beginning, passing over what is there. */
async function fetchInOrder(deps: Deps, ingest: Import, upload: Upload, url: string, missing: readonly number[], kept: () => void): Promise<void> {
  const source = await openSource(deps, url, {})
  const length = source.header('Content-Length')
  if (isOther(ingest, source) || (length !== null && Number(length) !== upload.sizeBytes)) {
    await source.body?.cancel().catch(() => {})
    throw changed()
  }
  const parts = deps.crypto.split(whileFetching(deps, ingest.id, source.body as ReadableStream<Uint8Array>))
  const wanted = new Set(missing)
  try {
    for (let index = 0; index < upload.chunkCount; index++) {
      const sizeBytes = expectedChunkBytes(upload, index)
      if (wanted.has(index)) {
        await keep(deps, upload, index, parts.next(sizeBytes))
        kept()
      } else await parts.skip(sizeBytes)
    }
  } finally {
    parts.cancel()
  }
}

/** A body that breaks off or is not of its length is the server's fault and may be better the next time. */
async function keep(deps: Deps, upload: Upload, index: number, body: ReadableStream<Uint8Array> | null): Promise<void> {
  const chunk = { index, body, sizeBytes: null, sha256: null }
  try {
    await keepChunk(deps, upload, chunk, expiryOf(upload.createdAt, deps.now()))
  } catch (error) {
    if (error instanceof Fault && (error.code === 'bad_request' || error.code === 'too_large'))
      throw new Fault('unavailable', 'The server broke off.', { reason: 'source_broke_off' })
    throw error
  }
}

const isOther = (ingest: Import, source: OpenSource) => ingest.validator !== null && validatorOf(source) !== null && validatorOf(source) !== ingest.validator

function changed(): Fault {
  return new Fault('unprocessable', 'The file changed while it was fetched.', { reason: 'source_changed' })
}
