import type { StoredStream } from '@avocet/shared/job'
import type { SegmentCipher } from '../media/cmaf/encrypt.ts'
import type { StepContext } from './context.ts'

/** Segments asked for while another is read: this many are in memory. */
const AHEAD = 3

/** A stored segment in the clear. `number` is its own in the whole rendition. */
export async function readSegment({ store, signal }: StepContext, key: string, number: number, cipher: SegmentCipher | null): Promise<Buffer> {
  const bytes = await store.readAll(key, signal)
  return cipher ? cipher.decrypt(bytes, number) : Buffer.from(bytes)
}

/** A whole rendition as the fragmented MP4 it is. */
export async function* readStream(context: StepContext, { initKey, segmentKeys }: StoredStream, cipher: SegmentCipher | null): AsyncGenerator<Uint8Array> {
  yield await context.store.readAll(initKey, context.signal)
  const ahead: Promise<Buffer>[] = []
  for (const number of segmentKeys.keys()) {
    for (let next = number + ahead.length; next < Math.min(number + AHEAD, segmentKeys.length); next++) {
      const read = readSegment(context, segmentKeys[next] as string, next, cipher)
      read.catch(() => {})
      ahead.push(read)
    }
    yield await (ahead.shift() as Promise<Buffer>)
  }
}
