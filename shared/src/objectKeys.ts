/**
 * Every key we use in the object store. Objects are never overwritten with other bytes: keys carry ids, and where work can be
 * repeated, the epoch of the lease that wrote them. No text of a user is ever part of a key.
 */
import type { AssetId, EncodeId, VideoId } from './ids.ts'

/** The uploaded file, where it is one object. */
export const sourceKey = (assetId: AssetId) => `src/${assetId}/source`

/** Everything of an asset's source. */
export const sourcePrefix = (assetId: AssetId) => `src/${assetId}/`

/** A part of a source that came in unequal parts; they are never joined. `name`: `[0-9a-z-]{1,40}`, never used twice in an asset. */
export const sourcePartKey = (assetId: AssetId, name: string) => `src/${assetId}/parts/${name}`

/** What may stand behind a source's prefix for agents. */
export const SOURCE_FILE = /^(?:source|parts\/[0-9a-z-]{1,40})$/

/** Everything an encode made lies under this prefix. */
export const encodePrefix = (encodeId: EncodeId) => `vod/${encodeId}/`

/** Initialisation segment of a rendition; the same bytes from every chunk, written by chunk 0. */
export const initKey = (encodeId: EncodeId, rendition: string) => `vod/${encodeId}/${rendition}/init.mp4`

/** Media segment `index` (0-based inside its chunk), written under lease `epoch`. */
export const segmentKey = (encodeId: EncodeId, rendition: string, chunk: number, epoch: number, index: number) =>
  `vod/${encodeId}/${rendition}/${chunk}-${epoch}-${index}.m4s`

/** Everything of the indexed copy of a source's picture; removed when the encode is ready. */
export const remuxPrefix = (encodeId: EncodeId) => `vod/${encodeId}/remux/`

/**
 * Part `index` of that copy, written under lease `epoch`. Read by agents alone: it is the source in the clear, and where the bucket has an
 * address of its own anybody may ask for any name, so no name a viewer could tell. `secret` is 32 hex; copies begun before names had one have none.
 */
export const remuxKey = (encodeId: EncodeId, { epoch, secret }: { epoch: number; secret?: string | undefined }, index: number) =>
  `${remuxPrefix(encodeId)}${epoch}-${secret === undefined ? '' : `${secret}-`}${index}`

/** What may stand behind an encode's prefix for agents beside media. */
export const REMUX_FILE = /^remux\/\d{1,6}-(?:[0-9a-f]{32}-)?\d{1,6}$/

/** The encode as one MP4, written under lease `epoch`. Whole and in the clear, so no name a viewer could tell: `secret` is 32 hex. */
export const downloadKey = (encodeId: EncodeId, epoch: number, secret: string) => `vod/${encodeId}/download/${epoch}-${secret}.mp4`

/** What may stand behind an encode's prefix for agents beside media. */
export const DOWNLOAD_FILE = /^download\/\d{1,6}-[0-9a-f]{32}\.mp4$/

/** Poster and storyboard sheets; `name` is `poster.jpg` or `storyboard-<n>.jpg`. */
export const imageKey = (encodeId: EncodeId, epoch: number, name: string) => `vod/${encodeId}/images/${epoch}-${name}`

/** A poster that a video's owner chose; `name` is never used twice. */
export const posterKey = (videoId: VideoId, name: string) => `${posterPrefix(videoId)}${name}`
export const posterPrefix = (videoId: VideoId) => `posters/${videoId}/`

/** A caption track's clean WebVTT; `version` counts replacements. */
export const trackKey = (videoId: VideoId, trackId: string, version: number) => `tracks/${videoId}/${trackId}/${version}.vtt`

/** A preset's uploaded logo; `file` is made anew for each upload, and stands in its public address. */
export const logoKey = (file: string) => `logos/${file}`
export const LOGO_FILE = /^pre_[0-9a-z]{26}-[0-9a-f]{16}\.(?:png|jpg)$/

/** A live stream's uploaded thumbnail; named as logos are. */
export const liveImageKey = (file: string) => `live/${file}`
export const LIVE_IMAGE_FILE = /^liv_[0-9a-z]{26}-[0-9a-f]{16}\.(?:png|jpg|webp)$/

/** What may stand in a media path: a segment, an initialisation segment or an image of an encode (A25: everything else is 404). */
export const MEDIA_FILE = /^(?:[av][0-9a-z]{1,8}\/(?:init\.mp4|\d{1,6}-\d{1,6}-\d{1,6}\.m4s)|images\/\d{1,6}-(?:poster|storyboard-\d{1,4})\.jpg)$/
