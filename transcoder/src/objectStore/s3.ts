import { createHash, randomUUID } from 'node:crypto'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import type { S3Config } from '../config.ts'
import { isTimeRefused } from '../failure.ts'
import { uploadRetries } from '../metrics.ts'
import { serverClock, toldClock } from '../serverClock.ts'
import { filePartsOf } from './fileParts.ts'
import type { ObjectStore } from './port.ts'

const CONNECT_MS = 5_000
/** A connection that carries nothing for so long is dead: without this, an answer that got lost would be waited for without end. */
const SILENCE_MS = 20_000

export interface S3Store extends ObjectStore {
  remove(key: string, signal?: AbortSignal): Promise<void>
  /** Whether signatures of this host's time are refused, found out by one. Throws when the store does not answer. */
  isTimeRefused(signal: AbortSignal): Promise<boolean>
}

/** Objects over the S3 API: R2's, or the embedded server's own endpoint. */
export function s3Store(config: S3Config): S3Store {
  const client = new S3Client({
    endpoint: config.endpoint,
    region: config.region,
    credentials: { accessKeyId: config.accessKeyId, secretAccessKey: config.secretAccessKey },
    forcePathStyle: true,
    maxAttempts: 5,
    requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: SILENCE_MS },
    // R2 knows no flexible checksums, and workerd never answers `Expect: 100-continue` (reference: cloudflare.md section 3).
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    expectContinueHeader: false,
  })
  const storeClock = toldClock()
  // What it signs with is the store's time, which the SDK reads off its answers; the server's, where the store's answers have no date.
  Object.defineProperty(client.config, 'systemClockOffset', {
    get: () => storeClock.aheadMs() ?? serverClock.aheadMs() ?? 0,
    set: (aheadMs: number) => storeClock.tell(Date.now() + aheadMs),
  })
  const get = async (key: string, range: string | undefined, signal?: AbortSignal): Promise<Uint8Array> => {
    const answer = await client.send(new GetObjectCommand({ Bucket: config.bucket, Key: key, Range: range }), { abortSignal: signal })
    if (!answer.Body) throw new Error(`object ${key} came without a body`)
    return answer.Body.transformToByteArray()
  }
  return {
    async read(key, start, end, signal) {
      const bytes = await get(key, `bytes=${start}-${end - 1}`, signal)
      if (bytes.length !== end - start) throw new Error(`object ${key}: ${bytes.length} of ${end - start} bytes`)
      return bytes
    },
    readAll: (key, signal) => get(key, undefined, signal),
    isTimeRefused: (signal) =>
      get(`none/${randomUUID()}`, undefined, signal).then(
        () => false,
        (error) => {
          if (!(error instanceof S3ServiceException)) throw error
          return isTimeRefused(error)
        },
      ),
    async remove(key, signal) {
      await client.send(new DeleteObjectCommand({ Bucket: config.bucket, Key: key }), { abortSignal: signal })
    },
    async writeFile(key, path, contentType, signal) {
      const object = { Bucket: config.bucket, Key: key }
      const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...object, ContentType: contentType }), { abortSignal: signal })
      try {
        const Parts: { PartNumber: number; ETag: string | undefined }[] = []
        for await (const bytes of filePartsOf(path)) {
          const PartNumber = Parts.length + 1
          // R2 tags parts by a secret of its own: their bytes are vouched for beforehand.
          const ContentMD5 = createHash('md5').update(bytes).digest('base64')
          const part = new UploadPartCommand({ ...object, UploadId, PartNumber, Body: bytes, ContentLength: bytes.length, ContentMD5 })
          const { ETag, $metadata } = await client.send(part, { abortSignal: signal })
          uploadRetries.inc(($metadata.attempts ?? 1) - 1)
          Parts.push({ PartNumber, ETag })
        }
        await client.send(new CompleteMultipartUploadCommand({ ...object, UploadId, MultipartUpload: { Parts } }), { abortSignal: signal })
      } catch (error) {
        await client.send(new AbortMultipartUploadCommand({ ...object, UploadId })).catch(() => {})
        throw error
      }
    },
    async write(key, bytes, contentType, signal) {
      const command = new PutObjectCommand({
        Bucket: config.bucket,
        Key: key,
        Body: bytes,
        ContentLength: bytes.length,
        ContentType: contentType,
      })
      const { ETag, $metadata } = await client.send(command, { abortSignal: signal })
      uploadRetries.inc(($metadata.attempts ?? 1) - 1)
      const md5 = createHash('md5').update(bytes).digest('hex')
      if (ETag?.replaceAll('"', '') !== md5) throw new Error(`object ${key} was stored with other bytes`)
    },
  }
}
