import type { Beacon, ViewingEvent, ViewingMetadata } from '@avocet/shared/beacon'
import { type EncodeId, type Id, isId, type VideoId } from '@avocet/shared/ids'
import type { Deps } from '../ports.ts'
import { clientOf } from './client.ts'
import { deviceOf } from './device.ts'
import type { Seen } from './reportPlayback.ts'

/** What a player other than ours tells: what was done since it last told. Times of events are ms since it was loaded. */
export interface ToldEvents {
  events: ViewingEvent[]
  referrer: string
  metadata: ViewingMetadata
}

/**
 * Sends on what another player told of a viewing, and answers the session it belongs to: the one named, else a new one.
 * What was watched follows from the events; it counts by the same rules as our own player's, and no further is it believed.
 */
export async function reportEvents(deps: Deps, of: { videoId: VideoId; encodeId: EncodeId }, known: string | null, told: ToldEvents, seen: Seen): Promise<Id<'session'>> {
  const sessionId = known !== null && isId('session', known) ? known : deps.newId('session')
  const beacon: Beacon = { watched: [], played: 0, startup_ms: null, stalls: 0, stalled_ms: 0, errors: [], renditions: {}, ...told }
  const viewer = await deps.telemetry.pseudonym(of.videoId, seen.ip, seen.userAgent)
  const about = { viewerId: null, viewer, country: seen.country, device: deviceOf(seen.userAgent), client: clientOf(seen.userAgent) }
  await deps.telemetry.send({ type: 'playback', report: { ...of, sessionId, ...about, at: deps.now(), beacon, eventsAlone: true } })
  return sessionId
}
