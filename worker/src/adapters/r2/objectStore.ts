import { Fault } from '@avocet/shared/fault'
import type { ObjectStore } from '../../domain/platform.ts'
import { pour } from '../pieces.ts'

/** Objects in an R2 bucket. R2 streams need a known length: bodies pass through a FixedLengthStream, which also cuts off liars. */
export function r2ObjectStore(bucket: R2Bucket): ObjectStore {
  const page = async (prefix: string, after?: string) =>
    (await answered(bucket.list({ prefix, limit: 1000, ...(after === undefined ? {} : { startAfter: after }) }))).objects
  return {
    async head(key) {
      const object = await answered(bucket.head(key))
      return object ? { sizeBytes: object.size, etag: object.httpEtag } : null
    },
    async get(key, range) {
      const object = await answered(bucket.get(key, range ? { range } : undefined))
      return object ? { body: object.body, sizeBytes: object.size, etag: object.httpEtag } : null
    },
    async put(key, body, sizeBytes, contentType) {
      const options = { httpMetadata: { contentType } }
      if (body instanceof Uint8Array) await answered(bucket.put(key, body, options))
      else await sized(body, sizeBytes, (fixed) => bucket.put(key, fixed, options))
    },
    async delete(keys) {
      for (let at = 0; at < keys.length; at += 1000) await answered(bucket.delete(keys.slice(at, at + 1000)))
    },
    list: async (prefix, after) => (await page(prefix, after)).map(({ key }) => key),
    sizes: async (prefix, after) => (await page(prefix, after)).map(({ key, size }) => ({ key, sizeBytes: size })),
    async createMultipart(key, contentType) {
      const upload = await answered(bucket.createMultipartUpload(key, { httpMetadata: { contentType } }))
      return upload.uploadId
    },
    putPart: (key, multipartId, chunkIndex, body, sizeBytes) =>
      sized(body, sizeBytes, (fixed) => bucket.resumeMultipartUpload(key, multipartId).uploadPart(chunkIndex + 1, fixed)),
    async completeMultipart(key, multipartId, parts) {
      const upload = bucket.resumeMultipartUpload(key, multipartId)
      await answered(upload.complete(parts.map(({ chunkIndex, etag }) => ({ partNumber: chunkIndex + 1, etag }))))
    },
    async abortMultipart(key, multipartId) {
      try {
        await answered(bucket.resumeMultipartUpload(key, multipartId).abort())
      } catch (error) {
        if (!(error instanceof Fault && error.code === 'gone')) throw error
      }
    },
  }
}

/** Feeds exactly `sizeBytes` to `store`. A body of another length fails with bad_request `body_too_long` or `body_too_short` and nothing is kept. */
async function sized<T>(body: ReadableStream<Uint8Array>, sizeBytes: number, store: (fixed: ReadableStream) => Promise<T>): Promise<T> {
  const { readable, writable } = new FixedLengthStream(sizeBytes)
  const piped = pour(body, writable).then(
    () => null,
    (error: unknown) => error,
  )
  try {
    return await store(readable)
  } catch (error) {
    await readable.cancel().catch(() => {})
    // Either side may have failed first and taken the other along: only the texts tell which.
    const cut = `${await piped} ${error}`
    const reason = /too many bytes/.test(cut) ? 'body_too_long' : /did not see all expected bytes/.test(cut) ? 'body_too_short' : null
    if (reason)
      throw new Fault('bad_request', 'The body ended early or is longer than it said.', { reason, extra: { expected: sizeBytes } })
    throw asFault(error)
  }
}

async function answered<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw asFault(error)
  }
}

/** R2 puts its error number in brackets at the end of the message (developers.cloudflare.com/r2/api/error-codes). */
function asFault(error: unknown): Fault {
  const number = /\((\d{5})\)/.exec(String(error))?.[1]
  if (number === '10024') return new Fault('gone', 'The upload has expired. Start it again.', { reason: 'upload_expired' })
  if (number === '10025') return new Fault('conflict', 'Chunks got lost. Send them again.', { reason: 'parts_lost' })
  console.error(JSON.stringify({ level: 'error', message: `object store: ${error}` }))
  return new Fault('unavailable', 'The object store did not take this. Try again.', { reason: 'storage_unavailable', retryAfterSeconds: 2 })
}
