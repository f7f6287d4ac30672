import type { AssetId, EncodeId, VideoId } from '@avocet/shared/ids'
import { encodePrefix, imageKey, initKey, segmentKey, sourcePrefix } from '@avocet/shared/objectKeys'
import type { Chunk, Encode } from '../encodes/encode.ts'
import { keysOf } from '../encodes/removeLeftovers.ts'
import type { Deps } from '../ports.ts'
import type { Video } from '../videos/video.ts'
import type { Asset } from './asset.ts'

/** An object that rows refer to and the store holds in another size, or (`found` null) not at all. */
export interface Loss {
  assetId: AssetId
  /** Null for a source, a track or a chosen poster. */
  encodeId: EncodeId | null
  videoIds: VideoId[]
  key: string
  /** Bytes; null where rows do not tell. */
  expected: number | null
  found: number | null
}

export interface Checked {
  assets: number
  encodes: number
  objects: number
  losses: Loss[]
  /** Where to go on; null at the end. */
  next: AssetId | null
}

/**
 * Compares rows with objects for some assets of the site, from behind `after` in the order of ids: the source, everything the encode that
 * plays refers to, tracks and chosen posters. Changes nothing. What is deleted and awaits its removal is left out.
 */
export async function checkAssets(deps: Deps, after: string, limit: number): Promise<Checked> {
  const assets = await deps.assets.listAfter(after, limit)
  const checked: Checked = { assets: assets.length, encodes: 0, objects: 0, losses: [], next: assets.length === limit ? (assets.at(-1)?.id ?? null) : null }
  for (const asset of assets) {
    const videos = await deps.videos.listByAsset(asset.id)
    if (videos.length === 0) continue
    const about = { assetId: asset.id, videoIds: videos.map(({ id }) => id) }
    const note = (encodeId: EncodeId | null, losses: Pick<Loss, 'key' | 'expected' | 'found'>[]) => {
      checked.losses.push(...losses.map((loss) => ({ ...about, encodeId, ...loss })))
    }
    note(null, await sourceLosses(deps, asset))
    for (const video of videos)
      for (const { key, expected } of await objectsOfVideo(deps, video)) {
        checked.objects += 1
        const found = (await deps.objects.head(key))?.sizeBytes ?? null
        if (found === null || (expected !== null && found !== expected)) note(null, [{ key, expected, found }])
      }
    const encode = asset.currentEncodeId && (await deps.encodes.find(asset.currentEncodeId))
    if (!encode) continue
    const expected = objectsOf(encode, await deps.encodes.chunks(encode.id))
    checked.encodes += 1
    checked.objects += expected.size
    note(encode.id, lossesOf(expected, await stored(deps, encodePrefix(encode.id))))
  }
  return checked
}

async function objectsOfVideo(deps: Deps, { accountId, id, poster }: Video): Promise<Pick<Loss, 'key' | 'expected'>[]> {
  const tracks = (await deps.tracks.listByVideo(accountId, id)).map(({ objectKey, sizeBytes }) => ({ key: objectKey, expected: sizeBytes }))
  return poster?.image ? [...tracks, { key: poster.image.key, expected: null }] : tracks
}

/** A source may lie in one object or in parts; whichever, it has its whole length. */
async function sourceLosses(deps: Deps, asset: Asset): Promise<Pick<Loss, 'key' | 'expected' | 'found'>[]> {
  if (asset.currentEncodeId === null) return []
  const parts = await stored(deps, sourcePrefix(asset.id))
  const found = [...parts.values()].reduce((sum, bytes) => sum + bytes, 0)
  return found === asset.sizeBytes ? [] : [{ key: sourcePrefix(asset.id), expected: asset.sizeBytes, found: parts.size === 0 ? null : found }]
}

/** Every object an encode's rows refer to, with its size where they tell. */
export function objectsOf(encode: Encode, chunks: readonly Chunk[]): Map<string, number | null> {
  const objects = new Map<string, number | null>([...keysOf(encode, chunks)].map((key) => [key, null]))
  for (const { chunkIndex, epoch, manifest } of chunks)
    for (const [name, { initBytes, segments }] of Object.entries(manifest.renditions)) {
      objects.set(initKey(encode.id, name), initBytes)
      for (const [index, { bytes }] of segments.entries()) objects.set(segmentKey(encode.id, name, chunkIndex, epoch, index), bytes)
    }
  if (encode.images) objects.set(imageKey(encode.id, encode.images.epoch, 'poster.jpg'), encode.images.poster.bytes)
  if (encode.download) objects.set(encode.download.key, encode.download.sizeBytes)
  return objects
}

function lossesOf(expected: ReadonlyMap<string, number | null>, found: ReadonlyMap<string, number>): Pick<Loss, 'key' | 'expected' | 'found'>[] {
  return [...expected].flatMap(([key, bytes]) => {
    const there = found.get(key) ?? null
    return there === null || (bytes !== null && bytes !== there) ? [{ key, expected: bytes, found: there }] : []
  })
}

async function stored(deps: Deps, prefix: string): Promise<Map<string, number>> {
  const all = new Map<string, number>()
  for (let after: string | undefined; ; ) {
    const page = await deps.objects.sizes(prefix, after)
    for (const { key, sizeBytes } of page) all.set(key, sizeBytes)
    after = page.at(-1)?.key
    if (after === undefined) return all
  }
}
