import { Fault } from '@avocet/shared/fault'
import { type Actor, demand } from '../actor.ts'
import type { Deps, VideoDetail, Write } from '../ports.ts'
import { titleOf } from '../uploads/initUpload.ts'
import { awaitingVideo, type VideoWish } from '../videos/createVideo.ts'
import { demandAwaiting } from '../videos/demandAwaiting.ts'
import { presetOf } from '../videos/updateVideo.ts'
import { demandTarget } from '../webhooks/demandTarget.ts'
import type { Import } from './import.ts'
import { sourceName } from './sourceName.ts'

/** Imports of an account that may run at a time; counted, not reserved. */
export const MAX_RUNNING_IMPORTS = 100

export interface ImportWish extends Partial<VideoWish> {
  url: string
  /** A video that awaits its source; else one is made, called after its file unless a title is given. */
  videoId?: string | undefined
}

/**
 * Begins to fetch a source; the answer does not wait for it. Throws bad_request `url_not_allowed`, conflict (`video_has_source`,
 * `import_running`), not_found `video_not_found`, rate_limited `too_many_imports`.
 */
export async function createImport(deps: Deps, actor: Actor, wish: ImportWish): Promise<{ detail: VideoDetail; ingest: Import }> {
  demand(actor, 'videos:write')
  const url = await demandTarget(deps, wish.url)
  if ((await deps.imports.countRunning(actor.accountId)) >= MAX_RUNNING_IMPORTS)
    throw new Fault('rate_limited', `At most ${MAX_RUNNING_IMPORTS} imports may run at a time.`, { reason: 'too_many_imports', retryAfterSeconds: 60 })
  const { detail, writes } = await targetOf(deps, actor, { ...wish, url })
  const now = deps.now()
  const ingest: Import = {
    id: deps.newId('import'),
    accountId: actor.accountId,
    videoId: detail.video.id,
    uploadId: null,
    sealedUrl: await deps.seals.seal(url),
    host: new URL(url).hostname,
    state: 'fetching',
    validator: null,
    ranges: false,
    tries: 0,
    nextAttemptAt: now,
    errorReason: null,
    errorMessage: null,
    createdAt: now,
    endedAt: null,
    version: 1,
  }
  await deps.commit([...writes, deps.imports.add(ingest)])
  deps.defer(deps.importers.wake([ingest.id]))
  return { detail, ingest }
}

async function targetOf(deps: Deps, actor: Actor, wish: ImportWish): Promise<{ detail: VideoDetail; writes: Write[] }> {
  const { accountId } = actor
  if (wish.videoId === undefined) {
    const presetId = await presetOf(deps, actor, wish.presetId ?? null)
    return awaitingVideo(deps, accountId, { ...wish, presetId, origin: 'import', title: wish.title ?? titleOf(sourceName(wish.url, null)) })
  }
  const video = await demandAwaiting(deps, accountId, wish.videoId)
  if ((await deps.imports.latest(accountId, [video.id]))[0]?.ingest.state === 'fetching')
    throw new Fault('conflict', 'A source is being fetched for this video already.', { reason: 'import_running' })
  const asset = await deps.assets.find(video.assetId)
  return {
    detail: { video: { ...video, origin: 'import', status: 'processing', errorReason: null, errorMessage: null }, asset: asset as VideoDetail['asset'], encode: null },
    writes: [deps.videos.setStatusByAsset(video.assetId, 'processing', null, deps.now()), deps.videos.setOriginByAsset(video.assetId, 'import')],
  }
}
