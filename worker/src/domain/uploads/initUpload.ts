import { Fault } from '@avocet/shared/fault'
import { sourceKey } from '@avocet/shared/objectKeys'
import { type Actor, demandForUpload } from '../actor.ts'
import type { Deps } from '../ports.ts'
import { targetOf, useUploadToken } from '../uploadTokens/useUploadToken.ts'
import { demandAwaiting } from '../videos/demandAwaiting.ts'
import { cleanFilename, cleanTitle } from '../videos/title.ts'
import { chunkBytesFor, MAX_CHUNKED_BYTES } from './chunkSize.ts'
import { demandMediaName } from './mediaKind.ts'
import { expiryOf, type Upload } from './upload.ts'

/** What a file is called when its name says nothing. */
export const titleOf = (filename: string): string =>
  filename
    .replace(/\.[A-Za-z0-9]{1,10}$/, '')
    .slice(0, 255)
    .trim() || 'Untitled'

/** Uploads of an account that may be open at a time; counted, not reserved, so a burst may pass it a little. */
export const MAX_OPEN_UPLOADS = 1_000

/**
 * Opens an upload and reserves its bytes. With `videoId` it gives that video its source, else it makes one. Throws bad_request (`filename_required`, `title_too_long`), unsupported_media, too_large
 * `file_too_large`, quota_exceeded, rate_limited `too_many_open_uploads`, what `demandAwaiting` throws, and what `useUploadToken` does.
 */
export async function initUpload(
  deps: Deps,
  actor: Actor,
  wish: { filename: string; sizeBytes: number; title?: string | undefined; videoId?: string | undefined },
): Promise<Upload> {
  demandForUpload(actor, 'videos:write')
  const filename = cleanFilename(wish.filename)
  if (filename === '')
    throw new Fault('bad_request', 'A file name is needed.', { errors: [{ path: 'filename', message: 'Must not be empty.' }] })
  const title = wish.title === undefined ? titleOf(filename) : cleanTitle(wish.title)
  demandMediaName(filename)
  demandSize(deps, wish.sizeBytes)
  const target = targetOf(actor, wish.videoId)
  const uses = useUploadToken(deps, actor, { sizeBytes: wish.sizeBytes, videoId: target })
  const awaiting = target === null ? null : await demandAwaiting(deps, actor.accountId, target)
  await demandFewOpen(deps, actor)
  const chunkBytes = chunkBytesFor(wish.sizeBytes)
  const assetId = deps.newId('asset')
  const now = deps.now()
  const multipartId = await deps.objects.createMultipart(sourceKey(assetId), 'application/octet-stream')
  const upload: Upload = {
    id: deps.newId('upload'),
    accountId: actor.accountId,
    videoId: awaiting?.id ?? deps.newId('video'),
    assetId,
    filename,
    title,
    sizeBytes: wish.sizeBytes,
    chunkBytes,
    chunkCount: Math.ceil(wish.sizeBytes / chunkBytes),
    multipartId,
    state: 'open',
    completingAt: null,
    createdAt: now,
    expiresAt: expiryOf(now, now),
    uploadTokenId: actor.uploadToken?.id ?? null,
    fills: awaiting !== null,
    version: 1,
  }
  try {
    await deps.commit([...uses, deps.accounts.reserve(actor.accountId, wish.sizeBytes), deps.uploads.add(upload)])
  } catch (error) {
    deps.defer(deps.objects.abortMultipart(sourceKey(assetId), multipartId))
    throw error
  }
  return upload
}

async function demandFewOpen(deps: Deps, { accountId }: Actor): Promise<void> {
  if ((await deps.uploads.countOpen(accountId)) < MAX_OPEN_UPLOADS) return
  throw new Fault('rate_limited', `At most ${MAX_OPEN_UPLOADS} uploads may be open at a time. Complete or abort some.`, {
    reason: 'too_many_open_uploads',
    retryAfterSeconds: 60,
    extra: { max_open: MAX_OPEN_UPLOADS },
  })
}

/** Lets a size pass the site's limit, or throws too_large `file_too_large`. */
export function demandSize(deps: Deps, sizeBytes: number): void {
  const maxBytes = Math.min(deps.config.maxUploadBytes, MAX_CHUNKED_BYTES)
  if (sizeBytes > maxBytes)
    throw new Fault('too_large', `A file may have at most ${maxBytes} bytes.`, { reason: 'file_too_large', extra: { max_size: maxBytes } })
}
