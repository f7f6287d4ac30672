import { missing } from '@avocet/shared/fault'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'

/** Hides a video at once and gives its quota back; the Janitor removes its objects later, so a crash leaves rubbish but never a broken video. */
export async function deleteVideo(deps: Deps, actor: Actor, id: string): Promise<void> {
  demand(actor, 'videos:write')
  const { video, asset } = (await deps.videos.findDetail(actor.accountId, id)) ?? missing('video')
  const others = (await deps.videos.listByAsset(asset.id)).filter((one) => one.id !== video.id)
  await deps.commit([
    deps.videos.save({ ...video, deletedAt: deps.now(), updatedAt: deps.now() }),
    ...(others.length === 0 ? [deps.jobs.cancelByAsset(asset.id, deps.now()), deps.accounts.free(actor.accountId, asset.sizeBytes)] : [deps.encodes.dropUnwantedDownloads(asset.id, deps.now())]),
    deps.events.add(actor.accountId, 'video.deleted', video.id),
  ])
}
