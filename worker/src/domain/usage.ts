/** Ports of usage: what viewings add up to, and what API keys were used for. The rest is in ports.ts. */
import type { AccountId, Id, VideoId } from '@avocet/shared/ids'
import type { Listing, Slice } from '@avocet/shared/page'
import type { Rollup } from './analytics/rollup.ts'
import type { PlaySession, SessionEvent, SessionQuery } from './analytics/playSession.ts'
import type { PlaybackReport } from './analytics/viewing.ts'
import type { Write } from './ports.ts'

/** Days since 1970-01-01, UTC. */
export type Day = number
export const DAY_MS = 86_400_000

export interface UsageDay {
  videoId: VideoId
  day: Day
  version: number
  rollup: Rollup
}
export interface DayRollup {
  day: Day
  rollup: Rollup
}

/** What a video's viewings in a time add up to, beside those of others. */
export interface VideoTotals extends Pick<Rollup, 'views' | 'starts' | 'ends' | 'playedSeconds'> {
  videoId: VideoId
}

export interface UsageStore {
  /** Writes a day whole, unless a newer state of it is there or the video is gone. Its account's sums and the video's views follow. */
  put(day: UsageDay): Write
  ofVideo(accountId: AccountId, videoId: VideoId, from: Day, to: Day): Promise<DayRollup[]>
  /** All its videos' together, but for viewers and heat: those are of one video, and stay empty. */
  ofAccount(accountId: AccountId, from: Day, to: Day): Promise<DayRollup[]>
  /** Each video that was watched, the most viewed first; at most `limit`. Deleted ones are left out. */
  byVideo(accountId: AccountId, from: Day, to: Day, limit: number): Promise<VideoTotals[]>
}

/** A viewer the customer named, and how far they came. `completion`: 0 to 1 of the video, whatever was watched twice or skipped. */
export interface ViewerProgress {
  viewerId: string
  completion: number
  playedSeconds: number
  views: number
  firstAt: number
  lastAt: number
}

/** One for each video: knows its viewings one by one and adds them up. */
export interface Audiences {
  report(videoId: VideoId, reports: readonly PlaybackReport[]): Promise<void>
  /** Named viewers, the latest first. */
  viewers(videoId: VideoId, slice: Slice): Promise<Listing<ViewerProgress>>
  /** Viewings by when they began, the newest first. */
  sessions(videoId: VideoId, query: SessionQuery, slice: Slice): Promise<Listing<PlaySession>>
  /** Null for a viewing that is not known, or no longer. */
  sessionEvents(videoId: VideoId, sessionId: Id<'session'>): Promise<SessionEvent[] | null>
  /** Forgets the video's viewers and viewings; what of them is in D1 stays. */
  forget(videoId: VideoId): Promise<void>
}

export interface AuditedRequest {
  requestId: string
  keyId: Id<'apiKey'>
  at: number
  method: string
  /** Without its query, which may hold the key. */
  path: string
  status: number
  ip: string
  /** Drawn for each request: tells those that are alike from one told twice. */
  nonce: string
}

/** One for each API key: its last 100 requests. */
export interface AuditLogs {
  add(keyId: Id<'apiKey'>, requests: readonly AuditedRequest[]): Promise<void>
  list(keyId: Id<'apiKey'>): Promise<AuditedRequest[]>
}

export type TelemetryItem = { type: 'playback'; report: PlaybackReport } | { type: 'request'; request: AuditedRequest }

/** Delivered late, in batches, at least once. */
export interface Telemetry {
  /** Resolves when it is on its way, possibly together with what others send meanwhile. */
  send(item: TelemetryItem): Promise<void>
  /** A viewer without a name, as a keyed hash in hex: the same for one address and browser, and of no use for finding either. */
  pseudonym(scope: string, ip: string, userAgent: string): Promise<string>
}
