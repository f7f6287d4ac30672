import { missing } from '@avocet/shared/fault'
import { type Actor, demandForUpload } from '../actor.ts'
import type { Deps } from '../ports.ts'
import type { Video } from '../videos/video.ts'
import { finishUpload, isStalled } from './finishUpload.ts'
import { demandOpen, findUpload } from './uploadState.ts'

/**
 * Joins the chunks and makes the video. Repeating it gives the same video for ever, also when an earlier try died half-way.
 * Throws conflict (`upload_incomplete` with the missing chunks, `upload_completing`), unprocessable `unsupported_media`, gone.
 */
export async function completeUpload(deps: Deps, actor: Actor, uploadId: string): Promise<Video> {
  demandForUpload(actor, 'videos:write')
  const upload = await findUpload(deps, actor, uploadId)
  if (upload.state === 'completed') return (await deps.videos.find(actor.accountId, upload.videoId)) ?? missing('video')
  if (!isStalled(upload, deps.now())) demandOpen(upload)
  return finishUpload(deps, upload)
}
