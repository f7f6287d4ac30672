import { sourceKey } from '@avocet/shared/objectKeys'
import type { Deps } from '../ports.ts'
import { awaitsSource } from '../videos/demandAwaiting.ts'
import type { Import } from './import.ts'

/**
 * Ends a running import without a source: its bytes and their quota are given back, and its video says why and awaits another. One that
 * ended meanwhile stays as it is (the commit conflicts).
 */
export async function endImport(deps: Deps, ingest: Import, state: 'failed' | 'cancelled', error: { reason: string; message: string }): Promise<void> {
  const [upload, video] = [
    ingest.uploadId === null ? null : await deps.uploads.find(ingest.accountId, ingest.uploadId),
    await deps.videos.find(ingest.accountId, ingest.videoId),
  ]
  const open = upload?.state === 'open' ? upload : null
  const asset = video && (await deps.assets.find(video.assetId))
  // It may have got its source in another way meanwhile.
  const awaiting = asset && awaitsSource(asset) ? video : null
  const now = deps.now()
  await deps.commit([
    deps.imports.save({ ...ingest, state, errorReason: error.reason, errorMessage: error.message, endedAt: now }),
    ...(open ? [deps.uploads.save({ ...open, state: 'aborted' }), deps.uploads.forgetParts(open.id), deps.accounts.unreserve(open.accountId, open.sizeBytes)] : []),
    ...(awaiting ? [deps.videos.setStatusByAsset(awaiting.assetId, 'failed', error, now), deps.videos.setOriginByAsset(awaiting.assetId, 'upload')] : []),
    ...(awaiting && state === 'failed' ? [deps.events.add(awaiting.accountId, 'video.failed', awaiting.id, { ...error })] : []),
  ])
  if (open) await deps.objects.abortMultipart(sourceKey(open.assetId), open.multipartId)
}
