import { sourceKey } from '@avocet/shared/objectKeys'
import type { Deps } from '../ports.ts'
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
  const now = deps.now()
  await deps.commit([
    deps.imports.save({ ...ingest, state, errorReason: error.reason, errorMessage: error.message, endedAt: now }),
    ...(open ? [deps.uploads.save({ ...open, state: 'aborted' }), deps.uploads.forgetParts(open.id), deps.accounts.unreserve(open.accountId, open.sizeBytes)] : []),
    ...(video ? [deps.videos.setStatusByAsset(video.assetId, 'failed', error, now)] : []),
    ...(video && state === 'failed' ? [deps.events.add(video.accountId, 'video.failed', video.id, { ...error })] : []),
  ])
  if (open) await deps.objects.abortMultipart(sourceKey(open.assetId), open.multipartId)
}
