/** Over so long a speed is taken: long enough not to flicker, short enough to follow the network. */
const WINDOW_MS = 8_000

export interface Speed {
  /** Notes how many bytes have gone in all by an instant. Fewer than before (a try was lost) begins anew. */
  note(bytes: number, at: number): void
  /** Bytes a second over the last seconds; null until that can be told. */
  bytesPerSecond(at: number): number | null
}

/** How fast an upload goes. Pure: instants are given. */
export function speedometer(): Speed {
  let samples: { bytes: number; at: number }[] = []
  return {
    note(bytes, at) {
      if (bytes < (samples.at(-1)?.bytes ?? 0)) samples = []
      samples.push({ bytes, at })
      while (samples.length > 2 && (samples[1]?.at ?? at) < at - WINDOW_MS) samples.shift()
    },
    bytesPerSecond(at) {
      const [first, last] = [samples[0], samples.at(-1)]
      if (!first || !last || last.at - first.at < 500) return null
      return (last.bytes - first.bytes) / ((Math.max(at, last.at) - first.at) / 1_000)
    },
  }
}
