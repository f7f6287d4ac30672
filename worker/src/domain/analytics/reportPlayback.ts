import type { Beacon } from '@avocet/shared/beacon'
import type { Id } from '@avocet/shared/ids'
import { viewerOf } from '../embeds/viewerOf.ts'
import type { PlaybackClaims } from '../playback/claims.ts'
import type { Deps } from '../ports.ts'
import { clientOf } from './client.ts'
import { deviceOf } from './device.ts'

/** What the edge sees of a viewer. */
export interface Seen {
  ip: string
  userAgent: string
  country: string | null
}

/** Sends on what a player told of its viewing. Whoever the link names is that viewer; anyone else is told apart by address and browser. */
export async function reportPlayback(deps: Deps, claims: PlaybackClaims, beacon: Beacon, seen: Seen): Promise<void> {
  const at = deps.now()
  // A right that ended meanwhile does not undo what was watched under it.
  const viewerId = await viewerOf(deps, claims.emb)
  const viewer = viewerId === null ? await deps.telemetry.pseudonym(claims.sub, seen.ip, seen.userAgent) : (await deps.crypto.sha256Hex(`${claims.sub} ${viewerId}`)).slice(0, 16)
  const who = { viewerId, viewer, country: seen.country, device: deviceOf(seen.userAgent), client: clientOf(seen.userAgent) }
  await deps.telemetry.send({ type: 'playback', report: { videoId: claims.sub, encodeId: claims.enc, sessionId: claims.sid as Id<'session'>, ...who, at, beacon, eventsAlone: false } })
}
