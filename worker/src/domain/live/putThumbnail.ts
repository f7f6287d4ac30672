import { Fault, missing } from '@avocet/shared/fault'
import { liveImageKey } from '@avocet/shared/objectKeys'
import { type Actor, demand } from '../actor.ts'
import { cleanImage, type ImageFacts } from '../images/cleanImage.ts'
import type { Deps } from '../ports.ts'
import { openLiveStream } from './keys.ts'
import type { OpenLiveStream } from './liveStream.ts'

export const MAX_THUMBNAIL_BYTES = 8 * 1024 * 1024
const EXTENSIONS: Record<ImageFacts['type'], string> = { 'image/jpeg': 'jpg', 'image/png': 'png', 'image/webp': 'webp' }

/** What is shown while nothing is broadcast, in place of what was. Throws not_found, conflict, too_large, and what `cleanImage` does. */
export async function putThumbnail(deps: Deps, actor: Actor, id: string, bytes: Uint8Array): Promise<OpenLiveStream> {
  demand(actor, 'videos:write')
  const stream = (await deps.liveStreams.find(actor.accountId, id)) ?? missing('live stream')
  if (bytes.length > MAX_THUMBNAIL_BYTES)
    throw new Fault('too_large', `A thumbnail has at most ${MAX_THUMBNAIL_BYTES} bytes.`, { reason: 'file_too_large', extra: { max_size: MAX_THUMBNAIL_BYTES } })
  const { bytes: picture, type } = cleanImage(bytes, ['image/jpeg', 'image/png', 'image/webp'], 'A thumbnail is a JPEG, a PNG or a WebP.')
  const thumbnail = { file: `${stream.id}-${deps.crypto.randomHex(8)}.${EXTENSIONS[type]}`, type }
  await deps.objects.put(liveImageKey(thumbnail.file), picture, picture.length, type)
  const changed = { ...stream, thumbnail, updatedAt: deps.now() }
  await deps.commit([deps.liveStreams.save(changed)])
  if (stream.thumbnail) deps.defer(deps.objects.delete([liveImageKey(stream.thumbnail.file)]))
  return openLiveStream(deps, actor, changed)
}
