import type { AccountId, AssetId, VideoId } from '@avocet/shared/ids'
import { freshEncode } from '../encodes/encode.ts'
import { PRIORITY } from '../jobs/job.ts'
import { newJob } from '../jobs/lease.ts'
import type { Deps, Write } from '../ports.ts'
import { freshVideo } from '../videos/createVideo.ts'
import type { Video } from '../videos/video.ts'

export interface SourceFacts {
  accountId: AccountId
  videoId: VideoId
  assetId: AssetId
  filename: string
  title: string
  sizeBytes: number
  /** See Asset. */
  inParts?: boolean
}

/** Stored bytes become an asset, a video with its embed token, and an encode whose first job is queued. For one commit, with quota still to be settled. */
export function createFromSource(deps: Deps, source: SourceFacts): { video: Video; writes: Write[] } {
  const video = freshVideo(deps, source)
  return { video, writes: [addAsset(deps, source), deps.videos.add(video), ...firstEncode(deps, source)] }
}

/** The same for a video that awaits its source: it keeps all its own. The commit conflicts when it is deleted or has got a source meanwhile. */
export function fillFromSource(deps: Deps, awaiting: Video, source: SourceFacts): { video: Video; writes: Write[] } {
  const now = deps.now()
  const writes = [
    addAsset(deps, source),
    deps.videos.setSource(awaiting.id, awaiting.assetId, source.assetId, now),
    deps.assets.remove(awaiting.assetId),
    ...firstEncode(deps, source),
  ]
  return { video: { ...awaiting, assetId: source.assetId, status: 'processing', errorReason: null, errorMessage: null, updatedAt: now, version: awaiting.version + 1 }, writes }
}

function addAsset(deps: Deps, { assetId: id, accountId, filename, sizeBytes, inParts = false }: SourceFacts): Write {
  return deps.assets.add({ id, accountId, filename, sizeBytes, inParts, media: null, currentEncodeId: null, createdAt: deps.now() })
}

function firstEncode(deps: Deps, { assetId, accountId, videoId }: SourceFacts): Write[] {
  const encode = freshEncode(deps, { id: assetId, accountId })
  return [
    deps.encodes.add(encode),
    deps.jobs.add(newJob(deps, { accountId, encodeId: encode.id, kind: 'prepare', priority: PRIORITY.playable })),
    deps.events.add(accountId, 'video.uploaded', videoId),
  ]
}
