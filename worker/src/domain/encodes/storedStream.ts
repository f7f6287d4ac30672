import type { StoredStream } from '@avocet/shared/job'
import { initKey, segmentKey } from '@avocet/shared/objectKeys'
import type { CommittedRendition } from './committed.ts'
import type { Encode } from './encode.ts'

/** Where a rendition's segments are stored, for an agent that reads them back. Pure. */
export function storedStream({ id }: Pick<Encode, 'id'>, name: string, committed: CommittedRendition | null): StoredStream {
  const segmentKeys = (committed?.segments ?? []).map(({ chunk, epoch, index }) => segmentKey(id, name, chunk, epoch, index))
  return { name, initKey: initKey(id, name), segmentKeys }
}
