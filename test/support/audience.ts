/** What players tell, made up, and what comes of it: a video of 20 s of 360p, watched a day ago at noon. */
import { runDurableObjectAlarm } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import type { Beacon } from '../../shared/src/beacon.ts'
import { type EncodeId, type Id, makeId, type VideoId } from '../../shared/src/ids.ts'
import { clientOf } from '../../worker/src/domain/analytics/client.ts'
import { takeTelemetry } from '../../worker/src/domain/analytics/takeTelemetry.ts'
import type { PlaybackReport } from '../../worker/src/domain/analytics/viewing.ts'
import type { Env } from '../../worker/src/env.ts'
import { encoded } from './fleet.ts'
import { call, deps, type Tenant } from './site.ts'

const { AUDIENCE } = env as unknown as Env
export const HOUR = 3_600_000
/** A day at noon, so that no test crosses midnight. */
export const NOON = Math.floor(Date.now() / 86_400_000) * 86_400_000 - 12 * HOUR
export const DAY = new Date(NOON).toISOString().slice(0, 10)
export const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0'

export type Encoded = Awaited<ReturnType<typeof encoded>>

/** Another video on the same encode: nobody has seen it. */
export async function freshVideo({ accountId }: Tenant, { video }: Encoded): Promise<VideoId> {
  const id = deps.newId('video')
  await deps.commit([deps.videos.add({ ...(await deps.videos.find(accountId, video.id))!, id, embedToken: deps.crypto.randomHex(16), views: 0 })])
  return id
}

export const session = (openedAt = NOON) => makeId('session', openedAt, deps.crypto.randomBytes(10))
export const beacon = (edits: Partial<Beacon> = {}): Beacon => ({ watched: [[0, 10]], played: 10, startup_ms: 400, stalls: 0, stalled_ms: 0, errors: [], renditions: { 360: 10 }, events: [], referrer: '', metadata: [], ...edits })

/** Told a minute past noon, of a session opened at noon. */
export function reporter({ encodeId }: Encoded) {
  return (videoId: VideoId, sessionId: Id<'session'>, edits: Partial<Beacon> = {}, more: Partial<PlaybackReport> = {}): PlaybackReport => ({
    videoId, encodeId: encodeId as EncodeId, sessionId, viewerId: null, viewer: deps.crypto.randomHex(8), country: 'NL', device: 'desktop',
    client: clientOf(FIREFOX), at: NOON + 60_000, beacon: beacon(edits), eventsAlone: false, ...more,
  })
}

export const tell = (...reports: PlaybackReport[]) => takeTelemetry(deps, reports.map((report) => ({ type: 'playback', report })))
export const audience = (id: VideoId) => AUDIENCE.get(AUDIENCE.idFromName(id))
/** Has the audience write to D1 now. */
export const flush = (id: VideoId) => runDurableObjectAlarm(audience(id))

export interface Stats {
  views: number
  period: Record<string, unknown> & { views: number; minutes_watched: number; heat: number[]; completions: number[]; quality: Record<string, unknown> }
}
export async function statsOf({ key }: Tenant, id: VideoId, query = `from=${DAY}&to=${DAY}`): Promise<Stats> {
  await flush(id)
  const answer = await call(`/api/v1/videos/${id}/stats?${query}`, { key })
  expect(answer.status).toBe(200)
  return answer.json()
}
