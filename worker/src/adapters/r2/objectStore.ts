import { Fault } from '@avocet/shared/fault'
import type { ObjectStore } from '../../domain/platform.ts'

/** Objects in an R2 bucket. R2 streams need a known length: bodies pass through a FixedLengthStream, which also cuts off liars. */
export function r2ObjectStore(bucket: R2Bucket): ObjectStore {
  return {
    async head(key) {
      const object = await bucket.head(key)
      return object ? { sizeBytes: object.size, etag: object.httpEtag } : null
    },
    async get(key, range) {
      const object = await bucket.get(key, range ? { range } : undefined)
      return object ? { body: object.body, sizeBytes: object.size, etag: object.httpEtag } : null
    },
    async put(key, body, sizeBytes, contentType) {
      const options = { httpMetadata: { contentType } }
      if (body instanceof Uint8Array) await available(bucket.put(key, body, options))
      else await sized(body, sizeBytes, (fixed) => bucket.put(key, fixed, options))
    },
    async delete(keys) {
      for (let at = 0; at < keys.length; at += 1000) await available(bucket.delete(keys.slice(at, at + 1000)))
    },
    async list(prefix) {
      const page = await available(bucket.list({ prefix, limit: 1000 }))
      return page.objects.map(({ key }) => key)
    },
    async createMultipart(key, contentType) {
      const upload = await available(bucket.createMultipartUpload(key, { httpMetadata: { contentType } }))
      return upload.uploadId
    },
    putPart: (key, multipartId, chunkIndex, body, sizeBytes) =>
      sized(body, sizeBytes, (fixed) => bucket.resumeMultipartUpload(key, multipartId).uploadPart(chunkIndex + 1, fixed)),
    async completeMultipart(key, multipartId, parts) {
      const upload = bucket.resumeMultipartUpload(key, multipartId)
      await available(upload.complete(parts.map(({ chunkIndex, etag }) => ({ partNumber: chunkIndex + 1, etag }))))
    },
    async abortMultipart(key, multipartId) {
      try {
        await bucket.resumeMultipartUpload(key, multipartId).abort()
      } catch (error) {
        if (!/10024|does not exist|NoSuchUpload/.test(String(error))) throw unavailable()
      }
    },
  }
}

/** Feeds exactly `sizeBytes` to `store`. A body of another length fails with bad_request `body_too_long` or `body_too_short` and nothing is kept. */
async function sized<T>(body: ReadableStream<Uint8Array>, sizeBytes: number, store: (fixed: ReadableStream) => Promise<T>): Promise<T> {
  const { readable, writable } = new FixedLengthStream(sizeBytes)
  let cut: unknown
  const piped = body.pipeTo(writable).catch((error) => {
    cut = error
  })
  try {
    const stored = await store(readable)
    await piped
    if (cut) throw cut
    return stored
  } catch {
    await readable.cancel().catch(() => {})
    await piped
    if (cut) {
      const reason = /too many bytes/.test(String(cut)) ? 'body_too_long' : 'body_too_short'
      throw new Fault('bad_request', 'The body ended early or is longer than it said.', { reason, extra: { expected: sizeBytes } })
    }
    throw unavailable()
  }
}

async function available<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    console.error(JSON.stringify({ level: 'error', message: `object store: ${error}` }))
    throw unavailable()
  }
}

function unavailable(): Fault {
  return new Fault('unavailable', 'The object store did not take this. Try again.', { reason: 'storage_unavailable', retryAfterSeconds: 2 })
}
