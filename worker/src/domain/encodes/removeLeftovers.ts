import { encodePrefix, imageKey, initKey, remuxKey, segmentKey } from '@avocet/shared/objectKeys'
import { REMUX_PART_BYTES } from '@avocet/shared/remux'
import type { Deps } from '../ports.ts'
import type { Chunk, Encode } from './encode.ts'

/** Hosts that lost their lease may still write for a while: a late object is looked for this long after the end. */
const GRACE_MS = 15 * 60_000
/** An encode nothing plays is kept this long: sessions opened on it live for hours, and its owner may want to try a chunk again. */
const KEPT_MS = 7 * 24 * 3_600_000

/**
 * Removes what lost leases left in the prefixes of ended encodes, and whole encodes that were replaced or failed a week ago. Objects first,
 * rows second, against the usual order: the row is the work list, so a crash in between is made good by the next round.
 */
export async function removeLeftovers(deps: Deps, limit: number): Promise<void> {
  const now = deps.now()
  for (const encode of await deps.encodes.listUncleaned(now - GRACE_MS, limit)) {
    const kept = keysOf(encode, await deps.encodes.chunks(encode.id))
    if (await removeBut(deps, encode, kept)) await deps.commit([deps.encodes.cleaned(encode.id, now)])
  }
  for (const encode of await deps.encodes.listReplaced(now - KEPT_MS, limit)) {
    if (await removeBut(deps, encode, new Set())) await deps.commit([deps.encodes.remove(encode.id)])
  }
}

/** Every object an encode's rows refer to. */
export function keysOf(encode: Encode, chunks: readonly Chunk[]): Set<string> {
  const keys = new Set<string>()
  for (const { chunkIndex, epoch, manifest } of chunks) {
    for (const [name, { segments }] of Object.entries(manifest.renditions)) {
      keys.add(initKey(encode.id, name))
      for (const index of segments.keys()) keys.add(segmentKey(encode.id, name, chunkIndex, epoch, index))
    }
  }
  const { images } = encode
  if (images) {
    keys.add(imageKey(encode.id, images.epoch, 'poster.jpg'))
    for (let sheet = 0; sheet < (images.storyboard?.sheets ?? 0); sheet++) keys.add(imageKey(encode.id, images.epoch, `storyboard-${sheet}.jpg`))
  }
  if (encode.download) keys.add(encode.download.key)
  // A failed encode may be tried again, and its work reads the indexed copy; a ready one has no use for it.
  const remuxed = encode.plan?.source.remuxed
  for (let part = 0; remuxed && part * REMUX_PART_BYTES < remuxed.bytes; part++) keys.add(remuxKey(encode.id, remuxed, part))
  return keys
}

/**
 * False when the encode has come to life again meanwhile: what was listed before its row changed cannot be of a lease given after that, so
 * nothing a living lease wrote is ever removed.
 */
async function removeBut(deps: Deps, encode: Encode, kept: ReadonlySet<string>): Promise<boolean> {
  let after: string | undefined
  for (;;) {
    const keys = await deps.objects.list(encodePrefix(encode.id), after)
    const lost = keys.filter((key) => !kept.has(key))
    if ((await deps.encodes.find(encode.id))?.version !== encode.version) return false
    if (lost.length > 0) await deps.objects.delete(lost)
    after = keys.at(-1)
    if (after === undefined) return true
  }
}
