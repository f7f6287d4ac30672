import { Fault, missing } from '@avocet/shared/fault'
import { type Actor, demand } from '../actor.ts'
import { wantDownload } from '../encodes/wantDownload.ts'
import type { Deps, VideoDetail } from '../ports.ts'
import { type VideoWish, awaitingVideo } from './createVideo.ts'
import { awaitsSource } from './demandAwaiting.ts'
import { presetOf } from './updateVideo.ts'

/** Makes a second video on the bytes of another: nothing is stored or encoded again. Throws not_found, not_ready `source_awaited`, and what `createVideo` throws. */
export async function copyVideo(deps: Deps, actor: Actor, id: string, wish: VideoWish): Promise<VideoDetail> {
  demand(actor, 'videos:write')
  const { asset, encode, video: original } = (await deps.videos.findDetail(actor.accountId, id)) ?? missing('video')
  if (awaitsSource(asset)) throw new Fault('not_ready', 'That video has no source yet.', { reason: 'source_awaited' })
  const { detail } = awaitingVideo(deps, actor.accountId, { ...wish, presetId: await presetOf(deps, actor, wish.presetId ?? null) })
  const { status, errorReason, errorMessage } = original
  const video = { ...detail.video, assetId: asset.id, origin: 'copy' as const, status, errorReason, errorMessage }
  const files = video.downloadable ? await wantDownload(deps, encode) : []
  await deps.commit([...files, deps.videos.add(video), deps.events.add(actor.accountId, 'video.uploaded', video.id)])
  return { video, asset, encode }
}
