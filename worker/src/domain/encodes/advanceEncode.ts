import type { EncodePlan } from '@avocet/shared/encode'
import { remuxPrefix } from '@avocet/shared/objectKeys'
import { removePrefix } from '../assets/removePrefix.ts'
import { PRIORITY } from '../jobs/job.ts'
import { newJob } from '../jobs/lease.ts'
import type { Deps, Write } from '../ports.ts'
import { committedFrames, isComplete, isPlayable, progressOf } from './committed.ts'
import type { ChunkOutline, Encode } from './encode.ts'
import { downloadJob } from './downloadJob.ts'
import { failEncode } from './failEncode.ts'
import { qualityEvents } from './qualityEvents.ts'

/** Fewer frames than this share of the expected means the source ends early. */
const LEAST_SHARE_OF_FRAMES = 0.95

export type PlannedEncode = Encode & { plan: EncodePlan }

/**
 * Commits `writes`, after which `chunks` is all that is committed, with what follows: progress, qualities that are whole since `before`,
 * the first playback, the end.
 */
export async function advanceEncode(
  deps: Deps,
  encode: PlannedEncode,
  chunks: readonly ChunkOutline[],
  writes: readonly Write[],
  before: readonly ChunkOutline[] = chunks,
): Promise<void> {
  const told = await qualityEvents(deps, encode, before, chunks)
  if (isComplete(encode.plan, chunks)) return finish(deps, encode, chunks, writes, told)
  const first = encode.playableAt === null && isPlayable(encode.plan, chunks)
  const progressed: Encode = { ...encode, progress: progressOf(encode.plan, chunks), playableAt: first ? deps.now() : encode.playableAt }
  await deps.commit([...writes, deps.encodes.save(progressed), ...told, ...(first ? await publish(deps, encode) : [])])
}

async function finish(deps: Deps, encode: PlannedEncode, chunks: readonly ChunkOutline[], writes: readonly Write[], told: readonly Write[]): Promise<void> {
  const { plan } = encode
  if (plan.video.length > 0 && committedFrames(plan, chunks) < plan.expectedFrames * LEAST_SHARE_OF_FRAMES) {
    return failEncode(
      deps,
      encode.id,
      { reason: 'source_truncated', message: 'The file ends before its declared duration; it seems to be cut off.' },
      writes,
    )
  }
  const now = deps.now()
  const { remuxed, ...source } = plan.source
  const ready: Encode = { ...encode, plan: { ...plan, source }, state: 'ready', progress: 1, playableAt: encode.playableAt ?? now, readyAt: now }
  const images = newJob(deps, { accountId: encode.accountId, encodeId: encode.id, kind: 'images', priority: PRIORITY.interactive })
  const download = downloadJob(deps, encode)
  await deps.commit([
    ...writes,
    deps.encodes.save(ready),
    deps.assets.setCurrentEncode(encode.assetId, encode.id),
    deps.videos.setStatusByAsset(encode.assetId, 'ready', null, now),
    ...(encode.playableAt === null ? await publish(deps, encode) : []),
    ...told,
    ...(await eventsOf(deps, encode, 'video.encoded')),
    deps.jobs.add(images, download),
    // Who wants one may have said so since we read: the database decides.
    deps.encodes.dropUnwantedDownloads(encode.assetId, now),
  ])
  if (remuxed) deps.defer(removePrefix(deps, remuxPrefix(encode.id)))
  deps.defer(deps.dispatcher.wake())
}

/** A first encode plays as soon as it can; a re-encode waits until it is whole. */
async function publish(deps: Deps, encode: Encode): Promise<Write[]> {
  const asset = await deps.assets.find(encode.assetId)
  if (!asset || asset.currentEncodeId !== null) return []
  return [deps.assets.setCurrentEncode(encode.assetId, encode.id), ...(await eventsOf(deps, encode, 'video.playable'))]
}

async function eventsOf(deps: Deps, encode: Encode, type: 'video.playable' | 'video.encoded'): Promise<Write[]> {
  const videos = await deps.videos.listByAsset(encode.assetId)
  return videos.map((video) => deps.events.add(video.accountId, type, video.id))
}
