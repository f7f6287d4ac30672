/** One viewing as its owner may look at it later: where and with what, and what was done. Kept a month, the newest 10,000 of a video. */
import type { ViewingEventKind } from '@avocet/shared/beacon'
import type { Id } from '@avocet/shared/ids'
import type { Named } from './client.ts'
import type { Device } from './device.ts'

export interface Metadatum {
  key: string
  value: string
}

/** What is known of a viewing from its first report on. */
export interface SessionAbout {
  viewerId: string | null
  /** Address of the page that embeds the player; null where the browser does not tell. */
  referrer: string | null
  country: string | null
  device: Device
  os: Named
  browser: Named
  /** What the embedding page said of the viewing. */
  metadata: Metadatum[]
}

export interface PlaySession extends SessionAbout {
  id: Id<'session'>
  startedAt: number
  /** When it was last heard of. */
  endedAt: number
  playedSeconds: number
}

export interface SessionEvent {
  kind: ViewingEventKind
  at: number
  /** Second of the video; of a seek, where it began. */
  position: number
  /** Second gone to by a seek. */
  to: number | null
}

/** `from` and `to`: instants, ms, the latter not included. `metadata`: pairs all of which the session must have. */
export interface SessionQuery {
  from: number
  to: number
  metadata: readonly Metadatum[]
}
