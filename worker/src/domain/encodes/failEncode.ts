import type { EncodeId } from '@avocet/shared/ids'
import type { Deps, Write } from '../ports.ts'

/**
 * Ends an encode for good, with a reason its owner can read, and cancels the rest of its work. A failed re-encode leaves the video as
 * it was: what plays goes on playing. `first` goes into the same commit, ahead of all else.
 */
export async function failEncode(deps: Deps, id: EncodeId, error: { reason: string; message: string }, first: readonly Write[]): Promise<void> {
  const encode = await deps.encodes.find(id)
  if (!encode) return deps.commit(first)
  const [asset, videos] = [await deps.assets.find(encode.assetId), await deps.videos.listByAsset(encode.assetId)]
  const now = deps.now()
  const plays = asset?.currentEncodeId !== null && asset?.currentEncodeId !== encode.id
  await deps.commit([
    ...first,
    deps.jobs.cancelByEncode(id, now),
    deps.encodes.save({ ...encode, state: 'failed', errorReason: error.reason, errorMessage: error.message }),
    ...(plays ? [] : [deps.videos.setStatusByAsset(encode.assetId, 'failed', error, now)]),
    ...(plays ? [] : videos.map((video) => deps.events.add(video.accountId, 'video.failed', video.id, { ...error }))),
  ])
}
