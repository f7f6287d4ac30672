import { Fault, missing } from '@avocet/shared/fault'
import { posterKey } from '@avocet/shared/objectKeys'
import { type Actor, demand } from '../actor.ts'
import { cleanImage } from '../images/cleanImage.ts'
import type { Deps, VideoDetail } from '../ports.ts'
import { forgetOldPosters } from './forgetOldPosters.ts'
import type { PosterImage } from './video.ts'

export const MAX_POSTER_BYTES = 8 * 1024 * 1024

/**
 * Puts an image in the place of the poster, freed of what is no picture (`cleanImage`). A video may have one before it has its source.
 * Throws not_found, conflict, too_large, and what `cleanImage` does.
 */
export async function uploadPoster(deps: Deps, actor: Actor, id: string, bytes: Uint8Array): Promise<VideoDetail> {
  demand(actor, 'videos:write')
  const detail = (await deps.videos.findDetail(actor.accountId, id)) ?? missing('video')
  const { video } = detail
  if (bytes.length > MAX_POSTER_BYTES) throw new Fault('too_large', `A poster has at most ${MAX_POSTER_BYTES} bytes.`, { reason: 'body_too_large', extra: { max_size: MAX_POSTER_BYTES } })
  const { bytes: picture, ...facts } = cleanImage(bytes, ['image/jpeg', 'image/png', 'image/webp'], 'A poster is a JPEG, a PNG or a WebP.')
  const image: PosterImage = { key: posterKey(video.id, deps.crypto.randomHex(16)), ...facts }
  await deps.objects.put(image.key, picture, picture.length, image.type)
  const changed = { ...video, poster: { atSeconds: null, image, jobId: null }, updatedAt: deps.now() }
  await deps.commit([deps.videos.save(changed)])
  deps.defer(forgetOldPosters(deps, video))
  return { ...detail, video: changed }
}
