import { Fault, missing } from '@avocet/shared/fault'
import { type Actor, demand } from '../actor.ts'
import { wantDownload } from '../encodes/wantDownload.ts'
import { parseAllowedDomain } from '../playback/domains.ts'
import type { Deps, VideoDetail } from '../ports.ts'
import { cleanMetadata, cleanTags } from './labels.ts'
import { cleanDescription, cleanTitle } from './title.ts'
import type { Metadatum, Video } from './video.ts'

export interface VideoEdits {
  title?: string | undefined
  description?: string | undefined
  /** Replaces the whole list. */
  allowedDomains?: string[] | undefined
  allowNoReferrer?: boolean | undefined
  visibility?: Video['visibility'] | undefined
  /** Replaces the whole list. */
  tags?: string[] | undefined
  /** Replaces all of it. */
  metadata?: Metadatum[] | undefined
  panoramic?: boolean | undefined
  /** Null takes the preset off. */
  presetId?: string | null | undefined
  /** True also tries again what has failed. */
  downloadable?: boolean | undefined
}

/** Changes what is given and nothing else. Throws not_found, bad_request (`invalid_domain`, `title_too_long`, ...), conflict. */
export async function updateVideo(deps: Deps, actor: Actor, id: string, edits: VideoEdits): Promise<VideoDetail> {
  demand(actor, 'videos:write')
  const detail = (await deps.videos.findDetail(actor.accountId, id)) ?? missing('video')
  const { video } = detail
  const changed: Video = {
    ...video,
    title: edits.title === undefined ? video.title : cleanTitle(edits.title),
    description: edits.description === undefined ? video.description : cleanDescription(edits.description),
    allowedDomains: edits.allowedDomains === undefined ? video.allowedDomains : [...new Set(edits.allowedDomains.map(parseAllowedDomain))],
    allowNoReferrer: edits.allowNoReferrer ?? video.allowNoReferrer,
    visibility: edits.visibility ?? video.visibility,
    presetId: edits.presetId === undefined ? video.presetId : await presetOf(deps, actor, edits.presetId),
    tags: edits.tags === undefined ? video.tags : cleanTags(edits.tags),
    metadata: edits.metadata === undefined ? video.metadata : cleanMetadata(edits.metadata),
    panoramic: edits.panoramic ?? video.panoramic,
    downloadable: edits.downloadable ?? video.downloadable,
    updatedAt: deps.now(),
  }
  const files = edits.downloadable === undefined ? [] : await (edits.downloadable ? wantDownload(deps, detail.encode) : [deps.encodes.dropUnwantedDownloads(video.assetId, deps.now())])
  await deps.commit([deps.videos.save(changed), ...files])
  if (files.length > 0) deps.defer(deps.dispatcher.wake())
  return { ...detail, video: changed }
}

/** A preset of the account, or null. Throws bad_request `preset_not_found`. */
export async function presetOf(deps: Deps, actor: Actor, id: string | null): Promise<Video['presetId']> {
  if (id === null) return null
  const preset = await deps.presets.find(actor.accountId, id)
  if (!preset) throw new Fault('bad_request', 'There is no such preset.', { reason: 'preset_not_found', errors: [{ path: 'preset_id', message: 'There is no such preset.' }] })
  return preset.id
}
