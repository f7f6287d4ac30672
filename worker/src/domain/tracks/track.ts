import type { AccountId, Id, VideoId } from '@avocet/shared/ids'

/** Captions, subtitles or chapters in one language; at most one of a kind and language on a video. */
export interface Track {
  id: Id<'track'>
  accountId: AccountId
  videoId: VideoId
  kind: 'subtitles' | 'captions' | 'chapters'
  /** BCP-47, canonical case. */
  language: string
  label: string
  isDefault: boolean
  objectKey: string
  sizeBytes: number
  version: number
  createdAt: number
}
