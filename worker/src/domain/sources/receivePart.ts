import { Fault, missing } from '@avocet/shared/fault'
import { type Actor, demandForUpload } from '../actor.ts'
import type { Deps, VideoDetail } from '../ports.ts'
import { storeStream } from '../uploads/storeStream.ts'
import { expiryOf } from '../uploads/upload.ts'
import { mostBytes } from '../uploadTokens/useUploadToken.ts'
import { awaitsSource } from '../videos/demandAwaiting.ts'
import { finishIntake } from './finishIntake.ts'
import { openIntake } from './openIntake.ts'
import { type Intake, isWhole, type SourcePart, partKey, sumOf } from './source.ts'

/** Where a part belongs: by its number from 0, or by its bytes. */
export type PartRange = { style: 'part'; index: number; total: number | null } | { style: 'bytes'; first: number; last: number; total: number }

export interface IncomingPart {
  /** Null: this is the whole file. */
  range: PartRange | null
  filename: string
  body: ReadableStream<Uint8Array>
}

const MIN_PART_BYTES = 5 * 1024 * 1024
/** Largest part, and largest file sent whole. */
export const MAX_PART_BYTES = 200 * 1024 * 1024

/**
 * Takes one part of a video's file; with the last of them encoding starts. Parts come in any order, at once, and again: the same bytes for
 * a place that is taken change nothing. Throws not_found, conflict (`source_received`, `source_style_differs`, `source_total_differs`,
 * `source_part_conflict`, `source_part_overlap`), bad_request (`source_part_beyond`, `source_part_small`, `source_part_length`,
 * `file_empty`), too_large `source_part_large` or `file_too_large`, quota_exceeded, unprocessable.
 */
export async function receivePart(deps: Deps, actor: Actor, videoId: string, incoming: IncomingPart): Promise<VideoDetail> {
  demandForUpload(actor, 'videos:write')
  const detail = (await deps.videos.findDetail(actor.accountId, videoId)) ?? missing('video')
  const { asset, video } = detail
  if (!awaitsSource(asset)) return sentAgain(deps, detail, incoming)
  const intake = await openIntake(deps, actor, video, incoming)
  const parts = await deps.sources.parts(intake.assetId)
  const range = incoming.range ?? { style: 'part', index: 0, total: 1 }
  demandPlace(intake, parts, range)
  const taken = parts.find(({ position }) => position === positionOf(range))
  if (taken) await demandSame(deps, taken, incoming.body)
  else await store(deps, actor, { ...intake, total: range.total ?? intake.total }, parts, range, incoming.body)
  return finishWhenWhole(deps, actor, detail, intake)
}

/** Whoever is the one to see the file whole finishes it; also who comes after one that died before. */
async function finishWhenWhole(deps: Deps, actor: Actor, detail: VideoDetail, { videoId }: Intake): Promise<VideoDetail> {
  const intake = await deps.sources.intake(videoId)
  const parts = intake ? await deps.sources.parts(intake.assetId) : []
  if (!intake || !isWhole(intake, parts)) return (await deps.videos.findDetail(actor.accountId, videoId)) ?? detail
  return finishIntake(deps, detail, intake, parts)
}

async function store(deps: Deps, actor: Actor, intake: Intake, parts: readonly SourcePart[], range: PartRange, body: ReadableStream<Uint8Array>): Promise<void> {
  const limit = mostBytes(actor, deps.config.maxUploadBytes)
  const digested = deps.crypto.digestStream(body)
  const position = positionOf(range)
  const part: SourcePart = { assetId: intake.assetId, position, name: `${position}-${deps.crypto.randomHex(8)}`, sizeBytes: 0, sha256: '' }
  const sizeBytes = await storeStream(deps, partKey(part), digested.body, MAX_PART_BYTES, partTooLarge).catch(async (error) => {
    digested.cancel()
    // What was wrong with the body itself is known where it is read; on its way through the runtime's streams a Fault becomes any error.
    const cause = await digested.sha256.catch((reason) => reason)
    throw cause instanceof Fault ? cause : error
  })
  const stored = { ...part, sizeBytes, sha256: await digested.sha256 }
  try {
    demandSize(intake, range, sizeBytes)
    if (sumOf(parts) + sizeBytes > limit) throw new Fault('too_large', `A file may have at most ${limit} bytes.`, { reason: 'file_too_large', extra: { max_size: limit } })
    await deps.commit([
      deps.accounts.reserve(intake.accountId, sizeBytes),
      deps.sources.proceed({ ...intake, expiresAt: expiryOf(intake.createdAt, deps.now()) }),
      deps.sources.addPart(stored),
    ])
  } catch (error) {
    // A lost answer may hide a commit that went through: the object goes only when no part stands on it.
    const same = (await deps.sources.parts(intake.assetId)).find((one) => one.position === position)
    if (same?.name !== stored.name) await deps.objects.delete([partKey(stored)])
    if (same?.sha256 !== stored.sha256) throw same ? partConflict() : error
  }
}

const positionOf = (range: PartRange): number => (range.style === 'part' ? range.index : range.first)

/** Refuses a part that does not go together with those that are there. */
function demandPlace(intake: Intake, parts: readonly SourcePart[], range: PartRange): void {
  if (intake.style !== range.style) throw new Fault('conflict', 'This upload was begun in another way.', { reason: 'source_style_differs', extra: { style: intake.style } })
  const total = range.total ?? intake.total
  const ends = parts.map(({ position, sizeBytes }) => position + (range.style === 'part' ? 1 : sizeBytes))
  const end = range.style === 'part' ? range.index + 1 : range.last + 1
  if (total !== null && Math.max(end, ...ends) > total) throw new Fault('bad_request', 'A part lies beyond the last.', { reason: 'source_part_beyond', extra: { total } })
  if (intake.total !== null && intake.total !== total)
    throw new Fault('conflict', 'The total differs from the one told before.', { reason: 'source_total_differs', extra: { total: intake.total } })
  if (range.style === 'part') return
  const overlaps = parts.some(({ position, sizeBytes }) => position !== range.first && position <= range.last && position + sizeBytes > range.first)
  if (overlaps) throw new Fault('conflict', 'These bytes overlap with others sent before.', { reason: 'source_part_overlap' })
}

/** Refuses bytes that are not as many as their place needs. */
function demandSize({ total }: Intake, range: PartRange, sizeBytes: number): void {
  if (range.style === 'bytes' && sizeBytes !== range.last - range.first + 1)
    throw new Fault('bad_request', 'The part has another length than its range.', { reason: 'source_part_length', extra: { expected: range.last - range.first + 1 } })
  const isLast = range.style === 'part' ? range.index + 1 === total : range.last + 1 === range.total
  if (!isLast && sizeBytes < MIN_PART_BYTES)
    throw new Fault('bad_request', `Every part but the last has at least ${MIN_PART_BYTES} bytes.`, { reason: 'source_part_small', extra: { min_size: MIN_PART_BYTES } })
}

/** A video that has its source takes the same part again, for whoever did not hear of its arrival, and nothing else. */
async function sentAgain(deps: Deps, detail: VideoDetail, { range, body }: IncomingPart): Promise<VideoDetail> {
  const parts = detail.asset.inParts && range ? await deps.sources.parts(detail.asset.id) : []
  const part = parts.find(({ position }) => range && position === positionOf(range))
  if (!part) throw new Fault('conflict', 'The source of this video has been received already.', { reason: 'source_received', extra: { origin: detail.video.origin } })
  await demandSame(deps, part, body)
  return detail
}

/** Reads a part without keeping it. */
async function demandSame(deps: Deps, part: SourcePart, body: ReadableStream<Uint8Array>): Promise<void> {
  const digested = deps.crypto.digestStream(body)
  let length = 0
  for await (const piece of digested.body) {
    length += piece.length
    if (length > part.sizeBytes) {
      digested.cancel()
      throw partConflict()
    }
  }
  if (length !== part.sizeBytes || (await digested.sha256) !== part.sha256) throw partConflict()
}

const partConflict = () => new Fault('conflict', 'Other bytes have been received for this part.', { reason: 'source_part_conflict' })
export const partTooLarge = (limit: number) => new Fault('too_large', `A part may have at most ${limit} bytes.`, { reason: 'source_part_large', extra: { max_size: limit } })
