import { toHex } from '@avocet/shared/ids'
import type { DigestedStream } from '../domain/platform.ts'
import { pieces } from './pieces.ts'

/**
 * Hashes what is read from `source`, at the pace of whoever reads it here; once they stop, the rest is hashed alone. `tee` would do the
 * same at half as much again of what storing costs (measured: 68 % of a bare part's throughput).
 */
export function digestStream(source: ReadableStream<Uint8Array>): DigestedStream {
  const digest = new crypto.DigestStream('SHA-256')
  const through = new IdentityTransformStream()
  const [hashed, kept] = [digest.getWriter(), through.writable.getWriter()]
  const reader = pieces(source)
  const stop = Promise.withResolvers<never>()
  stop.promise.catch(() => {})
  let length = 0

  async function pump(): Promise<string> {
    let wanted = true
    try {
      for (;;) {
        // A read that is under way when its stream is cancelled may never end.
        const piece = await Promise.race([reader.next(), stop.promise])
        if (!piece) break
        length += piece.byteLength
        const passed: Promise<void> | null = wanted ? kept.write(piece) : null
        await hashed.write(piece)
        wanted = passed !== null && (await passed.then(() => true, () => false))
      }
    } catch (error) {
      await Promise.allSettled([kept.abort(error), hashed.abort(error)])
      throw error
    }
    const ended = hashed.close()
    if (wanted) await kept.close().catch(() => {})
    await ended
    return toHex(new Uint8Array(await digest.digest))
  }

  digest.digest.catch(() => {})
  const sha256 = pump()
  const ended = sha256.then(
    () => length,
    () => null,
  )
  return {
    body: through.readable as ReadableStream<Uint8Array>,
    sha256,
    length: () => Promise.race([ended, later(1_000)]),
    cancel() {
      stop.reject(new Error('the digest was cancelled'))
      reader.cancel()
    },
  }
}

const later = (ms: number) => new Promise<null>((resolve) => setTimeout(() => resolve(null), ms))

/** Passes a body through and hashes it on the way; for small bodies, or where hashing twice is accepted. */
export function digestThrough(source: ReadableStream<Uint8Array>, algorithm: 'SHA-1' | 'SHA-256'): { body: ReadableStream<Uint8Array>; base64: Promise<string> } {
  const digest = new crypto.DigestStream(algorithm)
  const writer = digest.getWriter()
  const reader = pieces(source)
  digest.digest.catch(() => {})
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const piece = await reader.next()
        if (piece) {
          await writer.write(piece)
          controller.enqueue(piece)
        } else {
          await writer.close()
          controller.close()
        }
      },
      cancel(reason) {
        reader.cancel(reason)
        return writer.abort(reason)
      },
    },
    { highWaterMark: 0 },
  )
  return { body, base64: digest.digest.then((bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)))) }
}
