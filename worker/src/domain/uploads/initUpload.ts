import { Fault } from '@avocet/shared/fault'
import type { VideoId } from '@avocet/shared/ids'
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
  wish: { filename: string; sizeBytes: number; title?: string | undefined; videoId?: string | undefined; sha256?: string | undefined },
): Promise<Upload> {
  demandForUpload(actor, 'videos:write')
  const filename = cleanFilename(wish.filename)
  if (filename === '')
    throw new Fault('bad_request', 'A file name is needed.', { errors: [{ path: 'filename', message: 'Must not be empty.' }] })
  const title = wish.title === undefined ? titleOf(filename) : cleanTitle(wish.title)
  demandMediaName(filename)
  const target = targetOf(actor, wish.videoId)
  const uses = useUploadToken(deps, actor, { sizeBytes: wish.sizeBytes, videoId: target })
  const awaiting = target === null ? null : await demandAwaiting(deps, actor.accountId, target)
  await demandFewOpen(deps, actor)
  const upload = await newUpload(deps, {
    accountId: actor.accountId,
    filename,
    title,
    sizeBytes: wish.sizeBytes,
    fills: awaiting?.id ?? null,
    uploadTokenId: actor.uploadToken?.id ?? null,
    sha256: wish.sha256 ?? null,
  })
  try {
    await deps.commit([...uses, deps.accounts.reserve(actor.accountId, wish.sizeBytes), deps.uploads.add(upload)])
  } catch (error) {
    deps.defer(deps.objects.abortMultipart(sourceKey(upload.assetId), upload.multipartId))
    throw error
  }
  return upload
}

/** An upload with its chunk size and a multipart that awaits them; not yet committed, nothing reserved. `fills`: the video it gives its source. Throws too_large. */
export async function newUpload(
  deps: Deps,
  of: Pick<Upload, 'accountId' | 'filename' | 'title' | 'sizeBytes' | 'uploadTokenId' | 'sha256'> & { fills: VideoId | null },
): Promise<Upload> {
  demandSize(deps, of.sizeBytes)
  const chunkBytes = chunkBytesFor(of.sizeBytes)
  const assetId = deps.newId('asset')
  const now = deps.now()
  return {
    ...of,
    id: deps.newId('upload'),
    videoId: of.fills ?? deps.newId('video'),
    fills: of.fills !== null,
    assetId,
    chunkBytes,
    chunkCount: Math.ceil(of.sizeBytes / chunkBytes),
    multipartId: await deps.objects.createMultipart(sourceKey(assetId), 'application/octet-stream'),
    state: 'open',
    completingAt: null,
    createdAt: now,
    expiresAt: expiryOf(now, now),
    version: 1,
  }
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
