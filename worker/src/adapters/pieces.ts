/** Most bytes read at once; less when less is there, so that a trickle is seen as it comes. A plain reader gets 4 KiB a turn, which doubles what storing a body costs. */
const PIECE_BYTES = 128 * 1024

export interface Pieces {
  /** The next piece; null at the end. Rejects when the stream fails. */
  next(): Promise<Uint8Array | null>
  cancel(reason?: unknown): void
}

/** A stream in large pieces where it can fill buffers (request bodies can), else as it comes. Null at its end. */
export function pieces(source: ReadableStream<Uint8Array>): Pieces {
  const byob = fillingReader(source)
  if (!byob) {
    const reader = source.getReader()
    return { next: async () => (await reader.read()).value ?? null, cancel: (reason) => void reader.cancel(reason).catch(() => {}) }
  }
  return {
    async next() {
      const { value } = await byob.read(new Uint8Array(PIECE_BYTES))
      return value && value.byteLength > 0 ? value : null
    },
    cancel: (reason) => void byob.cancel(reason).catch(() => {}),
  }
}

function fillingReader(source: ReadableStream<Uint8Array>): ReadableStreamBYOBReader | null {
  try {
    return source.getReader({ mode: 'byob' })
  } catch {
    return null
  }
}

/**
 * Writes all of `source` and closes, or gives up on both sides when one fails. In the place of `pipeTo`, which never ends where pipes
 * stand in a row and more than one piece goes through them (workerd, seen 2026-11: two IdentityTransformStreams).
 */
export async function pour(source: ReadableStream<Uint8Array>, into: WritableStream<Uint8Array>): Promise<void> {
  const reader = pieces(source)
  const writer = into.getWriter()
  try {
    for (let piece = await reader.next(); piece; piece = await reader.next()) await writer.write(piece)
    await writer.close()
  } catch (error) {
    reader.cancel(error)
    await writer.abort(error).catch(() => {})
    throw error
  }
}
