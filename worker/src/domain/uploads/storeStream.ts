import { Fault } from '@avocet/shared/fault'
import type { Deps } from '../ports.ts'

const PART_BYTES = 5 * 1024 * 1024

/** Stores a body of unknown length as equal parts (the last may be shorter), holding one in memory. Throws bad_request `file_empty`, and `tooLarge` past `limit` bytes. */
export async function storeStream(deps: Deps, key: string, body: ReadableStream<Uint8Array>, limit: number, tooLarge: (limit: number) => Fault): Promise<number> {
  const multipartId = await deps.objects.createMultipart(key, 'application/octet-stream')
  try {
    const parts: { chunkIndex: number; etag: string }[] = []
    let total = 0
    for await (const part of partsOf(body, PART_BYTES)) {
      total += part.length
      if (total > limit) throw tooLarge(limit)
      const { etag } = await deps.objects.putPart(
        key,
        multipartId,
        parts.length,
        new Response(part).body as ReadableStream<Uint8Array>,
        part.length,
      )
      parts.push({ chunkIndex: parts.length, etag })
    }
    if (total === 0) throw new Fault('bad_request', 'The file is empty.', { reason: 'file_empty' })
    await deps.objects.completeMultipart(key, multipartId, parts)
    return total
  } catch (error) {
    deps.defer(deps.objects.abortMultipart(key, multipartId))
    throw error
  }
}

async function* partsOf(body: ReadableStream<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let part = new Uint8Array(size)
  let filled = 0
  for await (const piece of body) {
    for (let at = 0; at < piece.length; ) {
      const taken = Math.min(size - filled, piece.length - at)
      part.set(piece.subarray(at, at + taken), filled)
      filled += taken
      at += taken
      if (filled === size) {
        yield part
        part = new Uint8Array(size)
        filled = 0
      }
    }
  }
  if (filled > 0) yield part.subarray(0, filled)
}
