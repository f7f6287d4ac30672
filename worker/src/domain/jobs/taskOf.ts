import type { EncodePlan } from '@avocet/shared/encode'
import type { JobLease, JobTask } from '@avocet/shared/job'
import { sourceKey } from '@avocet/shared/objectKeys'
import { piecesOf } from '@avocet/shared/pieces'
import { posterTask } from '../encodes/posterTask.ts'
import { remuxSecret } from '../encodes/remuxSecret.ts'
import { storedStream } from '../encodes/storedStream.ts'
import { committedRendition } from '../encodes/committed.ts'
import { contentKeysFor } from '../encodes/contentKeys.ts'
import { downloadTask } from '../encodes/downloadTask.ts'
import type { Chunk, Encode } from '../encodes/encode.ts'
import type { Deps } from '../ports.ts'
import type { Asset } from '../assets/asset.ts'
import { partKey } from '../sources/source.ts'
import type { Job } from './job.ts'

/** Segments beyond the expected end that keys are handed out for: probed durations are estimates. */
const SPARE_SEGMENTS = 15

/** What an agent must know of a claimed job, rebuilt from the encode's plan; null when its encode or asset is gone. */
export async function leaseOf(deps: Deps, job: Job): Promise<JobLease | null> {
  const { encode, asset } = (await deps.encodes.atVersion(job.encodeId, job.encodeVersion)) ?? {}
  const task = encode && (await taskOf(deps, job, encode))
  if (!asset || !task) return null
  return { id: job.id, epoch: job.epoch, encodeId: job.encodeId, source: await sourceOf(deps, asset), task, leaseMs: deps.config.leaseMs }
}

async function sourceOf(deps: Deps, { id, sizeBytes, inParts }: Pick<Asset, 'id' | 'sizeBytes' | 'inParts'>): Promise<JobLease['source']> {
  if (!inParts) return { key: sourceKey(id), sizeBytes }
  const parts = (await deps.sources.parts(id)).map((part) => ({ key: partKey(part), sizeBytes: part.sizeBytes }))
  return parts.length === 1 ? { key: parts[0]!.key, sizeBytes } : { key: sourceKey(id), sizeBytes, parts }
}

async function taskOf(deps: Deps, job: Job, encode: Encode): Promise<JobTask | null> {
  const { plan } = encode
  if (job.kind === 'prepare') {
    const sha256 = await deps.uploads.saidSha256(encode.assetId)
    return { kind: 'prepare', ...(sha256 ? { sha256 } : {}) }
  }
  if (!plan) return null
  const { fragmented } = plan.source
  if (job.kind === 'remux') return { kind: 'remux', secret: await remuxSecret(deps, encode), ...(fragmented && { fragmented }) }
  const told = { ...plan, chunks: plan.chunks.slice(0, 1) }
  const total = Math.ceil(plan.expectedFrames / plan.segmentFrames) + SPARE_SEGMENTS
  if (job.kind === 'encode') {
    const piece = piecesOf(plan).find(({ stream, chunk }) => stream === job.stream && chunk.index === job.chunkIndex)
    if (!piece) return null
    const { chunk, rungs, encoder } = piece
    const firstSegment = chunk.startFrame / plan.segmentFrames
    const end = chunk.endFrame === null ? total : Math.ceil(chunk.endFrame / plan.segmentFrames)
    return { kind: 'encode', plan: { ...plan, chunks: [chunk] }, chunk, rungs, encoder, firstSegment, keys: await contentKeysFor(deps, encode, firstSegment, end - firstSegment) }
  }
  if (job.kind === 'audio') {
    const stream = plan.audio.find(({ name }) => name === job.stream)
    const segments = Math.ceil(plan.durationSeconds / 4) + SPARE_SEGMENTS
    return stream ? { kind: 'audio', plan: told, stream, keys: await contentKeysFor(deps, encode, 0, segments) } : null
  }
  if (job.kind === 'text') return { kind: 'text', subtitles: (await deps.assets.find(encode.assetId))?.media?.subtitles ?? [] }
  if (job.kind === 'poster') return posterTask(deps, job, encode)
  if (job.kind === 'download') return downloadTask(deps, job, encode)
  const chunks = await deps.encodes.chunks(encode.id)
  const rungs = plan.video.filter(({ codec }) => codec === 'h264')
  const [highest, smallest] = [rungs[0], rungs.at(-1)]
  if (!highest || !smallest) return { kind: 'images', plan: told, highest: null, smallest: null, keys: null }
  return {
    kind: 'images',
    plan: told,
    highest: storedRendition(encode, plan, chunks, highest),
    smallest: storedRendition(encode, plan, chunks, smallest),
    keys: await contentKeysFor(deps, encode, 0, total),
  }
}

function storedRendition(encode: Encode, plan: EncodePlan, chunks: readonly Chunk[], rung: EncodePlan['video'][number]) {
  return { ...storedStream(encode, rung.name, committedRendition(plan, chunks, rung.name)), width: rung.width, height: rung.height }
}
