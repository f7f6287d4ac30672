import { Fault, missing } from '@avocet/shared/fault'
import { sourceKey } from '@avocet/shared/objectKeys'
import { createFromSource, fillFromSource } from '../assets/createFromSource.ts'
import type { Deps } from '../ports.ts'
import { demandAwaiting } from '../videos/demandAwaiting.ts'
import type { Video } from '../videos/video.ts'
import { inspectSource } from './inspectSource.ts'
import type { Upload, UploadPart } from './upload.ts'
import { demandOpen, uploadCompleting } from './uploadState.ts'

/** A completion that died is taken over after this long. */
export const TAKEOVER_MS = 30_000
const MISSING_SHOWN = 100

export const isStalled = (upload: Upload, now: number): boolean =>
  upload.state === 'completing' && (upload.completingAt ?? 0) <= now - TAKEOVER_MS

/** Takes an open upload, or a stalled completion, to its end: object joined, video and first job made. Every step can be repeated by the next who tries. */
export async function finishUpload(deps: Deps, upload: Upload): Promise<Video> {
  const parts = await deps.uploads.parts(upload.id)
  demandWhole(upload, parts)
  const held = await claim(deps, upload)
  let awaiting: Video | null = null
  try {
    if (held.fills) awaiting = await demandAwaiting(deps, held.accountId, held.videoId)
    await join(deps, held, parts)
    await inspectSource(deps, sourceKey(held.assetId), held.sizeBytes)
  } catch (error) {
    // What is left undone here the next completion takes over.
    await giveUp(deps, held, error).catch(() => {})
    if (error instanceof Fault && error.details.reason === 'parts_lost') throw incomplete(held, new Set())
    throw error
  }
  const { video, writes } = awaiting ? fillFromSource(deps, awaiting, held) : createFromSource(deps, held)
  try {
    await deps.commit([
      deps.accounts.useReserved(held.accountId, held.sizeBytes),
      ...writes,
      deps.uploads.save({ ...held, state: 'completed', completingAt: null }),
      deps.uploads.forgetParts(held.id),
    ])
  } catch (error) {
    if (error instanceof Fault && error.code === 'conflict') return settledBySomeoneElse(deps, held)
    throw error
  }
  deps.defer(deps.dispatcher.wake())
  return video
}

function demandWhole(upload: Upload, parts: readonly UploadPart[]): void {
  if (parts.length < upload.chunkCount) throw incomplete(upload, new Set(parts.map(({ chunkIndex }) => chunkIndex)))
}

function incomplete(upload: Upload, received: ReadonlySet<number>): Fault {
  const absent = Array.from({ length: upload.chunkCount }, (_, index) => index).filter((index) => !received.has(index))
  return new Fault('conflict', `${absent.length} of ${upload.chunkCount} chunks are missing.`, {
    reason: 'upload_incomplete',
    extra: { missing_count: absent.length, missing: absent.slice(0, MISSING_SHOWN) },
  })
}

/** One of many simultaneous completions wins; the others are told to ask again. */
async function claim(deps: Deps, upload: Upload): Promise<Upload> {
  const claimed: Upload = { ...upload, state: 'completing', completingAt: deps.now() }
  try {
    await deps.commit([deps.uploads.save(claimed)])
  } catch (error) {
    throw error instanceof Fault && error.code === 'conflict' ? uploadCompleting() : error
  }
  return { ...claimed, version: claimed.version + 1 }
}

/** Joins the parts; a refusal counts for nothing when they are joined already and only the answer was lost. */
async function join(deps: Deps, upload: Upload, parts: UploadPart[]): Promise<void> {
  const key = sourceKey(upload.assetId)
  try {
    await deps.objects.completeMultipart(key, upload.multipartId, parts)
  } catch (error) {
    if ((await deps.objects.head(key))?.sizeBytes !== upload.sizeBytes) throw error
  }
}

/** A refused or lost file, or a video that is gone or has got another source, ends the upload and frees its quota; lost parts and a store in trouble open it again. */
async function giveUp(deps: Deps, upload: Upload, error: unknown): Promise<void> {
  const code = error instanceof Fault ? error.code : 'internal'
  const key = sourceKey(upload.assetId)
  const noTarget = error instanceof Fault && ['video_not_found', 'video_has_source'].includes(error.details.reason ?? '')
  if (code === 'unprocessable' || code === 'gone' || noTarget) {
    const state = code === 'gone' ? 'expired' : 'failed'
    await deps.commit([
      deps.accounts.unreserve(upload.accountId, upload.sizeBytes),
      deps.uploads.save({ ...upload, state, completingAt: null }),
      deps.uploads.forgetParts(upload.id),
    ])
    await (noTarget ? deps.objects.abortMultipart(key, upload.multipartId) : null)
    await deps.objects.delete([key])
  } else if ((await deps.objects.head(key)) === null) {
    const lost = code === 'conflict' ? [deps.uploads.forgetParts(upload.id)] : []
    await deps.commit([deps.uploads.save({ ...upload, state: 'open', completingAt: null }), ...lost])
  }
}

/** This completion was so slow that another took it over, or the upload was ended. */
async function settledBySomeoneElse(deps: Deps, held: Upload): Promise<Video> {
  const upload = (await deps.uploads.find(held.accountId, held.id)) ?? missing('upload')
  const video = upload.state === 'completed' ? await deps.videos.find(upload.accountId, upload.videoId) : null
  if (video) return video
  demandOpen(upload)
  throw uploadCompleting()
}
