import type { StreamParts } from '../domain/platform.ts'
import { pieces } from './pieces.ts'

/** Cuts one stream into several, one after the other, holding no more than one piece of it. */
export function split(source: ReadableStream<Uint8Array>): StreamParts {
  const reader = pieces(source)
  let held: Uint8Array = new Uint8Array()

  async function take(most: number): Promise<Uint8Array | null> {
    if (held.length === 0) held = (await reader.next()) ?? held
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
    async ended() {
      if (held.length === 0) held = (await reader.next()) ?? held
      return held.length === 0
    },
    async skip(length) {
      for (let left = length; left > 0; ) {
        const piece = await take(left)
        if (!piece) return
        left -= piece.length
      }
    },
    cancel: () => reader.cancel(),
  }
}
