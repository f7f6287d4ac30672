import { Fault } from '@avocet/shared/fault'
import { sourceKey } from '@avocet/shared/objectKeys'
import type { Deps } from '../ports.ts'
import { newUpload } from '../uploads/initUpload.ts'
import { demandMediaName } from '../uploads/mediaKind.ts'
import type { Upload } from '../uploads/upload.ts'
import { demandAwaiting } from '../videos/demandAwaiting.ts'
import { type OpenSource, openSource } from './openSource.ts'
import type { Import } from './import.ts'
import { sourceName } from './sourceName.ts'

/**
 * Asks a source for its first byte, and so how large it is and whether it answers ranges, and opens the upload that carries it: its size is
 * reserved now. Throws unprocessable (`source_length_unknown`, `source_empty`), unsupported_media, too_large, quota_exceeded and what `openSource` does.
 */
export async function measureSource(deps: Deps, ingest: Import): Promise<{ ingest: Import; upload: Upload }> {
  const source = await openSource(deps, await deps.seals.open(ingest.sealedUrl), { Range: 'bytes=0-0' })
  await source.body?.cancel().catch(() => {})
  const sizeBytes = wholeSize(source)
  const filename = sourceName(source.url, source.header('Content-Disposition')) || 'import'
  demandMediaName(filename)
  const video = await demandAwaiting(deps, ingest.accountId, ingest.videoId)
  const upload = await newUpload(deps, { accountId: ingest.accountId, filename, title: video.title, sizeBytes, fills: video.id, uploadTokenId: null, sha256: null })
  const measured: Import = { ...ingest, uploadId: upload.id, validator: validatorOf(source), ranges: source.status === 206 }
  try {
    await deps.commit([deps.accounts.reserve(ingest.accountId, sizeBytes), deps.uploads.add(upload), deps.imports.save(measured)])
  } catch (error) {
    deps.defer(deps.objects.abortMultipart(sourceKey(upload.assetId), upload.multipartId))
    throw error
  }
  return { ingest: { ...measured, version: measured.version + 1 }, upload }
}

function wholeSize(source: OpenSource): number {
  const said = source.status === 206 ? rangeOf(source)?.size : source.header('Content-Length')
  const sizeBytes = said === undefined || said === null || !/^\d{1,15}$/.test(String(said)) ? null : Number(said)
  if (sizeBytes === null) throw new Fault('unprocessable', 'The server does not say how large the file is.', { reason: 'source_length_unknown' })
  if (sizeBytes === 0) throw new Fault('unprocessable', 'The file is empty.', { reason: 'source_empty' })
  return sizeBytes
}

/** The range an answer holds (RFC 9110 section 14.4); null when it does not say, or not of how much. */
export function rangeOf(source: Pick<OpenSource, 'header'>): { from: number; to: number; size: number } | null {
  const [, from, to, size] = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(source.header('Content-Range') ?? '') ?? []
  return size === undefined ? null : { from: Number(from), to: Number(to), size: Number(size) }
}

/** Only strong validators join ranges (RFC 9110 section 13.1.5). */
export function validatorOf(source: Pick<OpenSource, 'header'>): string | null {
  const etag = source.header('ETag')
  return etag?.startsWith('"') ? etag : source.header('Last-Modified')
}
