import { Fault } from '@avocet/shared/fault'
import type { AccountId, AssetId, VideoId } from '@avocet/shared/ids'
import { sourceKey } from '@avocet/shared/objectKeys'
import { type Actor, demandForUpload } from '../actor.ts'
import { createFromSource, fillFromSource } from '../assets/createFromSource.ts'
import type { Deps } from '../ports.ts'
import { mostBytes, targetOf, useUploadToken } from '../uploadTokens/useUploadToken.ts'
import { demandAwaiting } from '../videos/demandAwaiting.ts'
import { cleanFilename, cleanTitle } from '../videos/title.ts'
import type { Video } from '../videos/video.ts'
import { titleOf } from './initUpload.ts'
import { inspectSource } from './inspectSource.ts'
import { demandMediaName } from './mediaKind.ts'
import { storeStream } from './storeStream.ts'

export interface DirectFile {
  filename: string
  title: string | undefined
  /** Exact length when known beforehand; otherwise the body is stored in parts as it comes. */
  sizeBytes: number | null
  body: ReadableStream<Uint8Array>
  /** A video that awaits its source; null: one is made. */
  videoId: string | null
}

/** Takes a small file in one request. Throws too_large `use_chunked_upload` past the limit, and what `initUpload` throws. */
export async function directUpload(deps: Deps, actor: Actor, file: DirectFile): Promise<Video> {
  demandForUpload(actor, 'videos:write')
  const filename = cleanFilename(file.filename)
  if (filename === '')
    throw new Fault('bad_request', 'A file name is needed.', { errors: [{ path: 'filename', message: 'Must not be empty.' }] })
  const title = file.title === undefined || file.title === '' ? titleOf(filename) : cleanTitle(file.title)
  demandMediaName(filename)
  const target = targetOf(actor, file.videoId)
  const uses = useUploadToken(deps, actor, { sizeBytes: file.sizeBytes, videoId: target })
  const limit = mostBytes(actor, deps.config.directUploadMaxBytes)
  if (file.sizeBytes !== null && file.sizeBytes > limit) throw tooLarge(limit)
  const awaiting = target === null ? null : await demandAwaiting(deps, actor.accountId, target)
  const source = { accountId: actor.accountId, videoId: awaiting?.id ?? deps.newId('video'), assetId: deps.newId('asset'), filename, title }
  const key = sourceKey(source.assetId)
  const sizeBytes = await storeBody(deps, key, file, limit)
  try {
    await inspectSource(deps, key, sizeBytes)
    const { video, writes } = awaiting ? fillFromSource(deps, awaiting, { ...source, sizeBytes }) : createFromSource(deps, { ...source, sizeBytes })
    await deps.commit([...uses, deps.accounts.reserve(actor.accountId, sizeBytes), deps.accounts.useReserved(actor.accountId, sizeBytes), ...writes])
    deps.defer(deps.dispatcher.wake())
    return video
  } catch (error) {
    deps.defer(discard(deps, source, key))
    throw error
  }
}

/** An answer that got lost may hide a commit that went through: the object goes only when there is no video on it. */
async function discard(deps: Deps, source: { accountId: AccountId; videoId: VideoId; assetId: AssetId }, key: string): Promise<void> {
  const video = await deps.videos.find(source.accountId, source.videoId)
  if (video?.assetId !== source.assetId) await deps.objects.delete([key])
}

async function storeBody(deps: Deps, key: string, { body, sizeBytes }: DirectFile, limit: number): Promise<number> {
  if (sizeBytes === null) return storeStream(deps, key, body, limit, tooLarge)
  if (sizeBytes === 0) throw new Fault('bad_request', 'The file is empty.', { reason: 'file_empty' })
  await deps.objects.put(key, body, sizeBytes, 'application/octet-stream')
  return sizeBytes
}

function tooLarge(limit: number): Fault {
  return new Fault(
    'too_large',
    `Direct uploads take at most ${limit} bytes here. Use the chunked upload: POST /api/v1/upload/init.`,
    {
      reason: 'use_chunked_upload',
      extra: { max_size: limit, chunked_upload: '/api/v1/upload/init' },
    },
  )
}
