import { open } from 'node:fs/promises'

/** R2 joins parts of one size, the last may be smaller; 10,000 of them are 156 GiB. */
const PART_BYTES = 16 * 1024 * 1024

/** A file's bytes in parts to be stored one after the other: one is in memory at a time, and its buffer is used again for the next. */
export async function* filePartsOf(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path)
  try {
    const buffer = Buffer.alloc(PART_BYTES)
    for (;;) {
      let filled = 0
      while (filled < PART_BYTES) {
        const { bytesRead } = await file.read(buffer, filled, PART_BYTES - filled)
        if (bytesRead === 0) break
        filled += bytesRead
      }
      if (filled > 0) yield buffer.subarray(0, filled)
      if (filled < PART_BYTES) return
    }
  } finally {
    await file.close()
  }
}
