import type { ChunkManifest, EncodePlan } from '@avocet/shared/encode'
import { Fault, missing } from '@avocet/shared/fault'
import { LEASE_MS } from '@avocet/shared/job'
import { piecesOf } from '@avocet/shared/pieces'
import { type Job, PRIORITY } from '../jobs/job.ts'
import { done, newJob } from '../jobs/lease.ts'
import type { Deps, Write } from '../ports.ts'
import { committedFrames, initMismatch, isComplete, isPlayable, progressOf } from './committed.ts'
import type { Chunk, Encode } from './encode.ts'
import { failEncode } from './failEncode.ts'

/** Fewer frames than this share of the expected means the source ends early. */
const LEAST_SHARE_OF_FRAMES = 0.95

/**
 * Publishes a chunk of picture, or a sound stream so far (`final: false` keeps the lease). What becomes playable or ready with it
 * does so in the same commit. Throws unprocessable `init_mismatch` when encoders were mixed.
 */
export async function commitChunk(deps: Deps, job: Job, manifest: ChunkManifest, final: boolean): Promise<void> {
  const encode = (await deps.encodes.find(job.encodeId)) ?? missing('encode')
  const { plan } = encode
  if (!plan) throw new Fault('conflict', 'The encode has no plan.', { reason: 'not_planned' })
  demandRenditions(plan, job, manifest)
  const chunk: Chunk = { encodeId: encode.id, stream: job.stream, chunkIndex: job.chunkIndex, epoch: job.epoch, complete: final, manifest: { ...manifest, epoch: job.epoch } }
  const before = await deps.encodes.chunks(encode.id)
  const mismatch = initMismatch(before.filter((one) => one.chunkIndex !== chunk.chunkIndex || one.stream !== chunk.stream), manifest)
  if (mismatch) throw new Fault('unprocessable', `The init segment of ${mismatch} differs from the other chunks'.`, { reason: 'init_mismatch' })

  const settled = final ? deps.jobs.settle(job, done(deps.now())) : deps.jobs.fence({ ...job, leaseUntil: deps.now() + LEASE_MS })
  const old = before.find((one) => one.stream === chunk.stream && one.chunkIndex === chunk.chunkIndex)
  // A repeated lease starts anew: what viewers have seen of a growing playlist must not be taken back.
  if (old && !final && segmentCount(old) > segmentCount(chunk)) return deps.commit([settled])

  const after = [...before.filter((one) => one !== old), chunk]
  const writes = [settled, deps.encodes.putChunk(chunk)]
  if (isComplete(plan, after)) return finish(deps, encode, plan, after, writes)
  await deps.commit([...writes, ...(await becomePlayable(deps, encode, plan, after))])
}

/** Every rendition of the job's stream and no other. */
function demandRenditions(plan: EncodePlan, job: Job, manifest: ChunkManifest): void {
  const piece = piecesOf(plan).find(({ stream, chunk }) => stream === job.stream && chunk.index === job.chunkIndex)
  const wanted = piece ? piece.rungs.map(({ name }) => name) : [job.stream]
  const got = Object.keys(manifest.renditions)
  const bare = Object.values(manifest.renditions).some(({ segments }) => segments.length === 0)
  if (got.length !== wanted.length || wanted.some((name) => !got.includes(name)) || bare) {
    throw new Fault('bad_request', 'The manifest does not hold the renditions of this job.', { reason: 'wrong_renditions', extra: { expected: wanted } })
  }
}

async function becomePlayable(deps: Deps, encode: Encode, plan: EncodePlan, chunks: readonly Chunk[]): Promise<Write[]> {
  const first = encode.playableAt === null && isPlayable(plan, chunks)
  const progressed: Encode = { ...encode, progress: progressOf(plan, chunks), playableAt: first ? deps.now() : encode.playableAt }
  return [deps.encodes.save(progressed), ...(first ? await publish(deps, encode, 'video.playable') : [])]
}

async function finish(deps: Deps, encode: Encode, plan: EncodePlan, chunks: readonly Chunk[], writes: Write[]): Promise<void> {
  if (plan.video.length > 0 && committedFrames(plan, chunks) < plan.expectedFrames * LEAST_SHARE_OF_FRAMES) {
    return failEncode(deps, encode.id, { reason: 'source_truncated', message: 'The file ends before its declared duration; it seems to be cut off.' }, writes)
  }
  const now = deps.now()
  const ready: Encode = { ...encode, state: 'ready', progress: 1, playableAt: encode.playableAt ?? now, readyAt: now }
  const images = newJob(deps, { accountId: encode.accountId, encodeId: encode.id, kind: 'images', priority: PRIORITY.interactive })
  await deps.commit([
    ...writes,
    deps.encodes.save(ready),
    deps.assets.setCurrentEncode(encode.assetId, encode.id),
    deps.videos.setStatusByAsset(encode.assetId, 'ready', null, now),
    ...(encode.playableAt === null ? await publish(deps, encode, 'video.playable') : []),
    ...(await eventsOf(deps, encode, 'video.encoded')),
    ...(plan.video.length > 0 ? [deps.jobs.add(images)] : []),
  ])
  deps.defer(deps.dispatcher.wake())
}

/** A first encode plays as soon as it can; a re-encode waits until it is whole. */
async function publish(deps: Deps, encode: Encode, type: 'video.playable'): Promise<Write[]> {
  const asset = await deps.assets.find(encode.assetId)
  if (!asset || asset.currentEncodeId !== null) return []
  return [deps.assets.setCurrentEncode(encode.assetId, encode.id), ...(await eventsOf(deps, encode, type))]
}

async function eventsOf(deps: Deps, encode: Encode, type: 'video.playable' | 'video.encoded'): Promise<Write[]> {
  const videos = await deps.videos.listByAsset(encode.assetId)
  return videos.map((video) => deps.events.add(video.accountId, type, video.id))
}

const segmentCount = (chunk: Chunk) => Object.values(chunk.manifest.renditions)[0]?.segments.length ?? 0
