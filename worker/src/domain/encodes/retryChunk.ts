import { Fault, missing } from '@avocet/shared/fault'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'
import { encodeOf } from './encodeOf.ts'

/**
 * Tries the failed work of one chunk of a failed encode again, and with it all that was cancelled because of it: what is done stays done.
 * Throws not_found, conflict `encode_not_failed`, `chunk_not_failed`.
 */
export async function retryChunk(deps: Deps, actor: Actor, videoId: string, encodeId: string, chunkIndex: number): Promise<void> {
  demand(actor, 'videos:write')
  const { encode, asset } = await encodeOf(deps, actor, videoId, encodeId)
  if (encode.state !== 'failed') throw new Fault('conflict', 'This encode has not failed.', { reason: 'encode_not_failed' })
  if (!encode.plan?.chunks.some(({ index }) => index === chunkIndex)) missing('chunk')
  const failed = (await deps.jobs.listByEncode(encode.id)).filter((job) => job.kind === 'encode' && job.chunkIndex === chunkIndex && job.state === 'failed')
  if (failed.length === 0) throw new Fault('conflict', 'No work of this chunk has failed.', { reason: 'chunk_not_failed' })
  const now = deps.now()
  await deps.commit([
    deps.jobs.revive(encode.id, failed, now),
    deps.encodes.save({ ...encode, state: 'encoding', errorReason: null, errorMessage: null }),
    ...(asset.currentEncodeId === null || asset.currentEncodeId === encode.id ? [deps.videos.setStatusByAsset(asset.id, 'processing', null, now)] : []),
  ])
  deps.defer(deps.dispatcher.wake())
}
