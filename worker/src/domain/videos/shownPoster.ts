import { imageKey } from '@avocet/shared/objectKeys'
import type { VideoDetail } from '../ports.ts'
import type { PosterImage } from './video.ts'

/** What stands for a video before it plays: the image its owner chose, else the one made with its encode; null while there is neither. */
export function shownPoster({ video, encode }: Pick<VideoDetail, 'video' | 'encode'>): PosterImage | null {
  if (video.poster?.image) return video.poster.image
  if (!encode?.images) return null
  const { epoch, poster } = encode.images
  return { key: imageKey(encode.id, epoch, 'poster.jpg'), type: 'image/jpeg', widthPx: poster.width, heightPx: poster.height }
}
