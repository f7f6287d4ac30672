import type { ChunkManifest, EncodePlan } from '@avocet/shared/encode'
import { Fault, missing } from '@avocet/shared/fault'
import { piecesOf } from '@avocet/shared/pieces'
import type { Job } from '../jobs/job.ts'
import { done } from '../jobs/lease.ts'
import type { Deps } from '../ports.ts'
import { advanceEncode } from './advanceEncode.ts'
import { initMismatch, outlineOf, pictureProgress, progressOf } from './committed.ts'
import type { Chunk, ChunkOutline } from './encode.ts'

/**
 * Publishes a chunk of picture, or a sound stream so far (`final: false` keeps the lease). What becomes playable or ready with it
 * does so in the same commit. Throws unprocessable `init_mismatch` when encoders were mixed.
 *
 * Only a beginning (chunk 0) or the last piece of a stream can make a video playable, a quality whole or the encode ready. Those commits
 * go by the encode's version, one at a time, and so does the first of a stream, whose init segment the others must have; all between them
 * commit side by side, however many hosts there are.
 */
export async function commitChunk(deps: Deps, job: Job, manifest: ChunkManifest, final: boolean): Promise<void> {
  const { encode } = (await deps.encodes.atVersion(job.encodeId, job.encodeVersion)) ?? missing('encode')
  const { plan } = encode
  if (!plan) throw new Fault('conflict', 'The encode has no plan.', { reason: 'not_planned' })
  demandRenditions(plan, job, manifest)
  const chunk: Chunk = { encodeId: encode.id, stream: job.stream, chunkIndex: job.chunkIndex, epoch: job.epoch, complete: final, manifest: { ...manifest, epoch: job.epoch } }
  const others = await deps.encodes.standing(encode.id, chunk)
  const mismatch = initMismatch(others, manifest)
  if (mismatch) throw new Fault('unprocessable', `The init segment of ${mismatch} differs from the other chunks'.`, { reason: 'init_mismatch' })

  const pieces = piecesOf(plan).filter(({ stream }) => stream === job.stream).length
  const ofStream = others.find(({ stream }) => stream === job.stream)?.chunks.length ?? 0
  const settled = final ? deps.jobs.settle(job, done(deps.now())) : deps.jobs.fence({ ...job, leaseUntil: deps.now() + deps.config.leaseMs })
  // Others may have committed since we read: whoever takes itself for no last one must be none when it is written.
  const noted = (progress: number) => deps.encodes.noteProgress(encode.id, progress, { stream: job.stream, fewerThan: pieces })
  if (job.chunkIndex > 0 && ofStream > 0 && ofStream + 1 < pieces) {
    const committed = others.flatMap(({ stream, chunks }) => chunks.map((chunkIndex) => ({ stream, chunkIndex })))
    return deps.commit([settled, deps.encodes.putChunk(chunk), noted(pictureProgress(plan, [...committed, chunk]))])
  }
  const before = await deps.encodes.outlines(encode.id)
  const old = before.find((one) => one.stream === chunk.stream && one.chunkIndex === chunk.chunkIndex)
  // A repeated lease starts anew: what viewers have seen of a growing playlist must not be taken back.
  const mine: ChunkOutline = { ...chunk, outline: outlineOf(chunk.manifest) }
  if (old && !final && segmentCount(old) > segmentCount(mine)) return deps.commit([settled])
  const after = [...before.filter((one) => one !== old), mine]
  const isLast = after.filter(({ stream }) => stream === job.stream).length >= pieces
  await advanceEncode(deps, { ...encode, plan }, after, [settled, deps.encodes.putChunk(chunk), ...(isLast ? [] : [noted(progressOf(plan, after))])], before)
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

const segmentCount = ({ outline }: ChunkOutline) => Object.values(outline.renditions)[0]?.segments ?? 0
