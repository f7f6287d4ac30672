import type { AccountId, AssetId, VideoId } from '@avocet/shared/ids'
import { freshEncode } from '../encodes/encode.ts'
import { PRIORITY } from '../jobs/job.ts'
import { newJob } from '../jobs/lease.ts'
import type { Deps, Write } from '../ports.ts'
import type { Video } from '../videos/video.ts'

export interface SourceFacts {
  accountId: AccountId
  videoId: VideoId
  assetId: AssetId
  filename: string
  title: string
  sizeBytes: number
}

/** Stored bytes become an asset, a video with its embed token, and an encode whose first job is queued. For one commit, with quota still to be settled. */
export function createFromSource(deps: Deps, source: SourceFacts): { video: Video; writes: Write[] } {
  const now = deps.now()
  const { accountId, assetId } = source
  const video: Video = {
    id: source.videoId,
    accountId,
    assetId,
    title: source.title,
    description: '',
    visibility: 'public',
    allowedDomains: [],
    allowNoReferrer: false,
    presetId: null,
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
  const encode = freshEncode(deps, { id: assetId, accountId })
  const writes = [
    deps.assets.add({
      id: assetId,
      accountId,
      filename: source.filename,
      sizeBytes: source.sizeBytes,
      media: null,
      currentEncodeId: null,
      createdAt: now,
    }),
    deps.videos.add(video),
    deps.encodes.add(encode),
    deps.jobs.add(newJob(deps, { accountId, encodeId: encode.id, kind: 'prepare', priority: PRIORITY.playable })),
    deps.events.add(accountId, 'video.uploaded', video.id),
  ]
  return { video, writes }
}
