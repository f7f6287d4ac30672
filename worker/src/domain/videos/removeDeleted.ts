import { encodePrefix, posterPrefix, sourcePrefix } from '@avocet/shared/objectKeys'
import { removePrefix } from '../assets/removePrefix.ts'
import type { Deps } from '../ports.ts'
import type { Video } from './video.ts'

/** Sessions opened before the deletion may read a little longer; then the objects go. */
const GRACE_MS = 60_000

/** Removes the objects and then the rows of videos deleted a while ago (delete rows last here: the deleted row is the work list). */
export async function removeDeleted(deps: Deps, limit: number): Promise<void> {
  for (const video of await deps.videos.listDeleted(deps.now() - GRACE_MS, limit)) await removeVideo(deps, video)
}

async function removeVideo(deps: Deps, video: Video): Promise<void> {
  await removePrefix(deps, `tracks/${video.id}/`)
  await removePrefix(deps, posterPrefix(video.id))
  const shared = (await deps.videos.listByAsset(video.assetId)).length > 0
  if (!shared) {
    for (const encode of await deps.encodes.listByAsset(video.assetId)) await removePrefix(deps, encodePrefix(encode.id))
    await removePrefix(deps, sourcePrefix(video.assetId))
  }
  await deps.audiences.forget(video.id)
  await deps.commit([deps.videos.remove(video.id), ...(shared ? [] : [deps.assets.remove(video.assetId)])])
}
