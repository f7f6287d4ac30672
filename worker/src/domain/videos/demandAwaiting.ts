import { Fault, missing } from '@avocet/shared/fault'
import type { AccountId } from '@avocet/shared/ids'
import type { Asset } from '../assets/asset.ts'
import type { Deps } from '../ports.ts'
import type { Video } from './video.ts'

/** Whether a video on this asset awaits its source: no source is empty. */
export const awaitsSource = (asset: Pick<Asset, 'sizeBytes'>): boolean => asset.sizeBytes === 0

/** The account's video that has no source yet. Throws not_found, conflict `video_has_source`. */
export async function demandAwaiting(deps: Deps, accountId: AccountId, videoId: string): Promise<Video> {
  const { video, asset } = (await deps.videos.findDetail(accountId, videoId)) ?? missing('video')
  if (!awaitsSource(asset)) throw new Fault('conflict', 'This video has its source already.', { reason: 'video_has_source', extra: { video_id: video.id } })
  return video
}
