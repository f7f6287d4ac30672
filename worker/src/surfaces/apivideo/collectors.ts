import type { ViewingEvent } from '@avocet/shared/beacon'
import { type Id, idFromUuid } from '@avocet/shared/ids'
import { z } from 'zod'
import type { Seen } from '../../domain/analytics/reportPlayback.ts'
import { reportEvents, type ToldEvents } from '../../domain/analytics/reportEvents.ts'
import type { Deps } from '../../domain/ports.ts'
import { route } from '../../http/route.ts'
import { parseId } from './codec.ts'
import { parseSession, spellSession } from './sessionId.ts'

/** Where players of others tell what was watched (contract section 15). Nothing they say opens or costs anything: see reportEvents. */
const about = { method: 'POST', tag: 'Analytics', needs: 'public', rate: 'none' } as const
const seconds = z.number().min(0).max(1_000_000)
const SessionAnswer = z.object({ session: z.string() })

const Ping = z.object({
  session: z.object({
    loaded_at: z.iso.datetime(),
    video_id: z.string().max(40).optional(),
    live_stream_id: z.string().max(40).optional(),
    referrer: z.string().nullish(),
    metadata: z.array(z.record(z.string(), z.unknown())).max(10).default([]),
    session_id: z.string().max(80).nullish(),
  }),
  events: z
    .array(
      z.object({
        type: z.enum(['ready', 'play', 'pause', 'resume', 'seek.forward', 'seek.backward', 'end']),
        emitted_at: z.iso.datetime(),
        at: seconds.optional(),
        from: seconds.optional(),
        to: seconds.optional(),
      }),
    )
    .max(1_000),
})

/** Kinds of the second protocol that we keep, by number. */
const KINDS: Record<number, 'ready' | 'play' | 'pause' | 'end'> = { 1: 'ready', 2: 'play', 3: 'pause', 6: 'end' }
const Watch = z.object({
  sat: z.number(),
  mid: z.string().max(40),
  pid: z.string().max(40),
  ref: z.string().nullish(),
  eve: z.array(z.object({ eat: z.number(), typ: z.number().int(), vti: seconds.optional() })).max(100),
})

export const collectorRoutes = [
  route({
    ...about,
    path: '/vod',
    summary: 'Collect what a player of a video tells',
    input: { body: Ping },
    output: { status: 200, body: SessionAnswer },
    async run({ deps, body, request, clientIp, country }) {
      const { session } = body
      const loadedAt = Date.parse(session.loaded_at)
      const events = body.events.map((event): ViewingEvent => {
        const since = clamp(Date.parse(event.emitted_at) - loadedAt)
        const isSeek = event.type === 'seek.forward' || event.type === 'seek.backward'
        return isSeek ? [event.type as 'seek.forward', since, event.from ?? 0, event.to ?? event.from ?? 0] : [event.type, since, event.at ?? 0]
      })
      const metadata = session.metadata.flatMap((one) => Object.entries(one)).map(([key, value]): [string, string] => [key.slice(0, 40), String(value).slice(0, 200)])
      const told = { events: events.slice(0, 100), referrer: (session.referrer ?? '').slice(0, 500), metadata: metadata.filter(([key]) => key !== '').slice(0, 10) }
      const known = parseSession(session.session_id ?? '')?.sessionId ?? null
      return { session: await report(deps, session.video_id ?? '', known, told, seenBy(request, clientIp, country)) }
    },
  }),
  route({
    ...about,
    path: '/live',
    summary: 'Collect what a player of a live stream tells; nothing is broadcast yet, so nothing is kept',
    input: { body: Ping },
    output: { status: 200, body: SessionAnswer },
    run: async ({ deps, body }) => ({ session: body.session.session_id ?? unknownSession(deps) }),
  }),
  route({
    ...about,
    path: '/watch',
    summary: 'Collect what a player tells, by the second protocol',
    input: { body: Watch },
    output: { status: 204 },
    async run({ deps, body, request, clientIp, country }) {
      const events = body.eve.flatMap(({ eat, typ, vti }): ViewingEvent[] => (KINDS[typ] ? [[KINDS[typ], clamp(eat - body.sat), vti ?? 0]] : []))
      const told = { events, referrer: (body.ref ?? '').slice(0, 500), metadata: [] }
      await report(deps, body.mid, idFromUuid('session', body.pid), told, seenBy(request, clientIp, country))
    },
  }),
]

const clamp = (ms: number): number => Math.min(10_000_000_000, Math.max(0, Math.round(ms) || 0))
const seenBy = (request: Request, ip: string, country: string | null): Seen => ({ ip, userAgent: request.headers.get('User-Agent') ?? '', country })
const unknownSession = (deps: Deps): string => `ps${deps.newId('session').slice(-26)}`

/** The session's name, also for a video that is none, or has nothing to play: players are not told apart by it. */
async function report(deps: Deps, video: string, known: Id<'session'> | null, told: ToldEvents, seen: Seen): Promise<string> {
  const videoId = parseId('video', 'vi', video)
  const encodeId = videoId && (await deps.encodes.playing(videoId))
  if (!videoId || !encodeId) return unknownSession(deps)
  return spellSession(await reportEvents(deps, { videoId, encodeId }, known, told, seen), videoId)
}
