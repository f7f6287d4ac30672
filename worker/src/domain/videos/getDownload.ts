import type { EncodeDownload } from '@avocet/shared/encode'
import { Fault, missing } from '@avocet/shared/fault'
import { type Actor, demand } from '../actor.ts'
import type { Deps, VideoDetail } from '../ports.ts'

/** The MP4 file of a video of the account, and its title. Throws what `downloadOf` throws. */
export async function getDownload(deps: Deps, actor: Actor, id: string): Promise<EncodeDownload & { title: string }> {
  demand(actor, 'videos:read')
  const detail = (await deps.videos.findDetail(actor.accountId, id)) ?? missing('video')
  return { ...(await downloadOf(deps, detail)), title: detail.video.title }
}

/**
 * The MP4 file of a video its caller may have. That of an earlier encode while the one that plays has none yet. Throws not_found
 * `download_not_offered`, not_ready `download_not_ready`, unprocessable `download_failed`.
 */
export async function downloadOf(deps: Deps, { video, asset, encode }: VideoDetail): Promise<EncodeDownload> {
  if (!video.downloadable) throw new Fault('not_found', 'This video is not offered for download.', { reason: 'download_not_offered' })
  if (encode?.download) return encode.download
  const earlier = (await deps.encodes.listByAsset(asset.id)).find(({ download }) => download !== null)?.download
  if (earlier) return earlier
  const last = encode && (await deps.jobs.listByEncode(encode.id)).findLast(({ kind }) => kind === 'download')
  if (video.status === 'failed' || last?.state === 'failed') throw new Fault('unprocessable', 'The file could not be made.', { reason: 'download_failed' })
  throw new Fault('not_ready', 'The file is still being made.', { reason: 'download_not_ready', retryAfterSeconds: 10 })
}
