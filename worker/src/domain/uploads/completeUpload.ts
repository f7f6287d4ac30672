import { Fault, missing } from '@avocet/shared/fault'
import { sourceKey } from '@avocet/shared/objectKeys'
import { type Actor, demand } from '../actor.ts'
import { createFromSource } from '../assets/createFromSource.ts'
import type { Deps } from '../ports.ts'
import type { Video } from '../videos/video.ts'
import { refuseDisguise, SNIFF_BYTES } from './mediaKind.ts'
import type { Upload } from './upload.ts'
import { demandOpen, findUpload } from './uploadState.ts'

/** A completion that died is taken over after this long. */
const TAKEOVER_MS = 30_000
const MISSING_SHOWN = 100

/**
 * Joins the chunks and makes the video. Repeating it gives the same answer for ever, also when an earlier try died half-way: ids were
 * chosen at init. Throws conflict (`upload_incomplete` with the missing chunks, `upload_completing`), unprocessable `unsupported_media`.
 */
export async function completeUpload(deps: Deps, actor: Actor, uploadId: string): Promise<Video> {
  demand(actor, 'videos:write')
  const upload = await findUpload(deps, actor, uploadId)
  if (upload.state === 'completed') return (await deps.videos.find(actor.accountId, upload.videoId)) ?? missing('video')
  const stale = upload.state === 'completing' && (upload.completingAt ?? 0) < deps.now() - TAKEOVER_MS
  if (!stale) demandOpen(upload)
  const parts = await deps.uploads.parts(upload.id)
  demandWhole(upload, new Set(parts.map(({ chunkIndex }) => chunkIndex)))

  const claimed: Upload = { ...upload, state: 'completing', completingAt: deps.now() }
  await claim(deps, claimed)
  const held: Upload = { ...claimed, version: claimed.version + 1 }
  const key = sourceKey(upload.assetId)
  const joined = stale ? await deps.objects.head(key) : null
  try {
    if (joined?.sizeBytes !== upload.sizeBytes) await deps.objects.completeMultipart(key, upload.multipartId, parts)
    await inspect(deps, key, upload.sizeBytes)
  } catch (error) {
    await giveUp(deps, held, error)
    throw error
  }
  const { video, writes } = createFromSource(deps, upload)
  await deps.commit([
    deps.accounts.useReserved(upload.accountId, upload.sizeBytes),
    ...writes,
    deps.uploads.save({ ...held, state: 'completed', completingAt: null }),
  ])
  deps.defer(deps.dispatcher.wake())
  return video
}

function demandWhole(upload: Upload, received: ReadonlySet<number>): void {
  const absent = Array.from({ length: upload.chunkCount }, (_, index) => index).filter((index) => !received.has(index))
  if (absent.length === 0) return
  throw new Fault('conflict', `${absent.length} of ${upload.chunkCount} chunks are missing.`, {
    reason: 'upload_incomplete',
    extra: { missing_count: absent.length, missing: absent.slice(0, MISSING_SHOWN) },
  })
}

/** One of many simultaneous completions wins; the others are told to ask again. */
async function claim(deps: Deps, claimed: Upload): Promise<void> {
  try {
    await deps.commit([deps.uploads.save(claimed)])
  } catch (error) {
    if (error instanceof Fault && error.code === 'conflict') throw new Fault('conflict', 'The upload is being completed.', { reason: 'upload_completing', retryAfterSeconds: 1 })
    throw error
  }
}

/** The joined object has the promised size and is not something else in disguise. */
export async function inspect(deps: Deps, key: string, sizeBytes: number): Promise<void> {
  const head = await deps.objects.get(key, { offset: 0, length: Math.min(SNIFF_BYTES, sizeBytes) })
  if (!head || head.sizeBytes !== sizeBytes) throw new Fault('unavailable', 'The file could not be read back. Try again.', { reason: 'storage_unavailable', retryAfterSeconds: 2 })
  refuseDisguise(new Uint8Array(await new Response(head.body).arrayBuffer()))
}

/** A refused file ends the upload and frees its quota; a store in trouble opens it again. */
async function giveUp(deps: Deps, upload: Upload, error: unknown): Promise<void> {
  if (error instanceof Fault && error.code === 'unprocessable') {
    await deps.commit([deps.accounts.unreserve(upload.accountId, upload.sizeBytes), deps.uploads.save({ ...upload, state: 'failed', completingAt: null })])
    await deps.objects.delete([sourceKey(upload.assetId)])
  } else if ((await deps.objects.head(sourceKey(upload.assetId))) === null) {
    await deps.commit([deps.uploads.save({ ...upload, state: 'open', completingAt: null })])
  }
}
