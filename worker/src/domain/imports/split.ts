export interface Parts {
  /** The next bytes as a stream, ended after `length` or where the source ends. It must be read to its end before the next is asked for. */
  next(length: number): ReadableStream<Uint8Array>
  /** Reads so many bytes and drops them. */
  skip(length: number): Promise<void>
  cancel(): void
}

/** Cuts one stream into several, one after the other, holding no more than one piece of it. */
export function split(source: ReadableStream<Uint8Array>): Parts {
  const reader = source.getReader()
  let held = new Uint8Array()

  async function take(most: number): Promise<Uint8Array | null> {
    if (held.length === 0) held = ((await reader.read()).value as Uint8Array<ArrayBuffer> | undefined) ?? held
    if (held.length === 0) return null
    const taken = held.subarray(0, most)
    held = held.subarray(taken.length)
    return taken
  }

  return {
    next(length) {
      let left = length
      return new ReadableStream(
        {
          async pull(controller) {
            const piece = left === 0 ? null : await take(left)
            if (piece) {
              left -= piece.length
              controller.enqueue(piece.slice())
            }
            if (!piece || left === 0) controller.close()
          },
        },
        { highWaterMark: 0 },
      )
    },
    async skip(length) {
      for (let left = length; left > 0; ) {
        const piece = await take(left)
        if (!piece) return
        left -= piece.length
      }
    },
    cancel: () => void reader.cancel().catch(() => {}),
  }
}
