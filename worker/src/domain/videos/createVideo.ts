import type { AccountId, AssetId, VideoId } from '@avocet/shared/ids'
import { type Actor, demand } from '../actor.ts'
import type { Deps, VideoDetail, Write } from '../ports.ts'
import { cleanMetadata, cleanTags } from './labels.ts'
import { cleanDescription, cleanTitle } from './title.ts'
import { presetOf } from './updateVideo.ts'
import type { Metadatum, Video } from './video.ts'

export interface VideoWish {
  title: string
  description?: string | undefined
  visibility?: Video['visibility'] | undefined
  downloadable?: boolean | undefined
  presetId?: string | null | undefined
  tags?: string[] | undefined
  metadata?: Metadatum[] | undefined
  panoramic?: boolean | undefined
}

/** Makes a video that awaits its source: an upload or an import gives it one, once. Throws bad_request `title_too_long`, `title_required`, `preset_not_found`, `invalid_tags`, `invalid_metadata`. */
export async function createVideo(deps: Deps, actor: Actor, wish: VideoWish): Promise<VideoDetail> {
  demand(actor, 'videos:write')
  const presetId = await presetOf(deps, actor, wish.presetId ?? null)
  const { detail, writes } = awaitingVideo(deps, actor.accountId, { ...wish, presetId })
  await deps.commit(writes)
  return detail
}

/** The same, not yet committed. */
export function awaitingVideo(deps: Deps, accountId: AccountId, wish: Omit<VideoWish, 'presetId'> & Partial<Pick<Video, 'presetId' | 'origin'>>): { detail: VideoDetail; writes: Write[] } {
  const asset = { id: deps.newId('asset'), accountId, filename: '', sizeBytes: 0, inParts: false, media: null, currentEncodeId: null, createdAt: deps.now() }
  const video = {
    ...freshVideo(deps, { accountId, videoId: deps.newId('video'), assetId: asset.id, title: cleanTitle(wish.title) }),
    description: cleanDescription(wish.description ?? ''),
    visibility: wish.visibility ?? 'public',
    downloadable: wish.downloadable ?? false,
    presetId: wish.presetId ?? null,
    origin: wish.origin ?? ('upload' as const),
    tags: cleanTags(wish.tags ?? []),
    metadata: cleanMetadata(wish.metadata ?? []),
    panoramic: wish.panoramic ?? false,
  }
  return { detail: { video, asset, encode: null }, writes: [deps.assets.add(asset), deps.videos.add(video)] }
}

/** A video nobody has changed yet. */
export function freshVideo(deps: Deps, of: { accountId: AccountId; videoId: VideoId; assetId: AssetId; title: string }): Video {
  const now = deps.now()
  return {
    id: of.videoId,
    accountId: of.accountId,
    assetId: of.assetId,
    origin: 'upload',
    title: of.title,
    description: '',
    visibility: 'public',
    allowedDomains: [],
    allowNoReferrer: false,
    presetId: null,
    tags: [],
    metadata: [],
    panoramic: false,
    downloadable: false,
    poster: null,
    embedToken: deps.crypto.randomHex(16),
    status: 'processing',
    errorReason: null,
    errorMessage: null,
    views: 0,
    createdAt: now,
    updatedAt: now,
    deletedAt: null,
    version: 1,
  }
}
