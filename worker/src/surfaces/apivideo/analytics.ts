import { missing } from '@avocet/shared/fault'
import type { VideoId } from '@avocet/shared/ids'
import { z } from 'zod'
import { listSessionEvents } from '../../domain/analytics/listSessionEvents.ts'
import { listSessions } from '../../domain/analytics/listSessions.ts'
import type { PlaySession, SessionEvent } from '../../domain/analytics/playSession.ts'
import { getLiveStream } from '../../domain/live/getLiveStream.ts'
import { route } from '../../http/route.ts'
import { encodePage, idParam, mapInQuery, PageQuery, pageOf, sliceOf } from './codec.ts'
import { parsePeriod } from './period.ts'
import { parseSession, spellSession } from './sessionId.ts'

const about = { method: 'GET', tag: 'Analytics', needs: 'stats:read', rate: 'stats' } as const
const query = PageQuery.extend({ period: z.string().max(40) })
const named = z.object({ name: z.string(), shortname: z.string().optional(), version: z.string() })
const SessionBody = z.object({
  session: z.object({ sessionId: z.string(), loadedAt: z.string(), endedAt: z.string(), metadata: z.array(z.object({ key: z.string(), value: z.string() })) }),
  location: z.object({ country: z.string(), city: z.string() }),
  referrer: z.object({ url: z.string(), medium: z.string(), source: z.string(), searchTerm: z.string() }),
  device: z.object({ type: z.string(), vendor: z.string(), model: z.string() }),
  os: named,
  client: z.object({ type: z.string(), name: z.string(), version: z.string() }),
})
const EventBody = z.object({ type: z.string(), emittedAt: z.string(), at: z.number().optional(), from: z.number().optional(), to: z.number().optional() })

export const analyticsRoutes = [
  route({
    ...about,
    path: '/analytics/videos/:videoId',
    summary: 'List the viewings of a video in a time',
    input: { params: z.object({ videoId: idParam('video', 'vi') }), query },
    output: { status: 200, body: pageOf(SessionBody) },
    async run({ deps, actor, params, query, request }) {
      const slice = sliceOf(query)
      const wanted = { ...parsePeriod(query.period), metadata: mapInQuery(request, 'metadata') }
      return encodePage(request, slice, await listSessions(deps, actor, params.videoId, wanted, slice), (session) => encodeSession(params.videoId, session))
    },
  }),
  route({
    ...about,
    path: '/analytics/live-streams/:liveStreamId',
    summary: 'List the viewings of a live stream in a time',
    input: { params: z.object({ liveStreamId: idParam('liveStream', 'li') }), query },
    output: { status: 200, body: pageOf(SessionBody) },
    async run({ deps, actor, params, query, request }) {
      parsePeriod(query.period)
      await getLiveStream(deps, actor, params.liveStreamId)
      // Nothing has been broadcast yet that anybody could have viewed.
      return encodePage(request, sliceOf(query), { items: [], total: 0 }, (session: never) => session)
    },
  }),
  route({
    ...about,
    path: '/analytics/sessions/:sessionId/events',
    summary: 'List what was done in a viewing',
    input: { params: z.object({ sessionId: z.string().max(80) }), query: PageQuery },
    output: { status: 200, body: pageOf(EventBody) },
    async run({ deps, actor, params, query, request }) {
      const { sessionId, videoId } = parseSession(params.sessionId) ?? missing('session')
      const slice = sliceOf(query)
      const events = await listSessionEvents(deps, actor, videoId, sessionId)
      return encodePage(request, slice, { items: events.slice(slice.offset, slice.offset + slice.limit), total: events.length }, encodeEvent)
    },
  }),
]

const countries = new Intl.DisplayNames(['en'], { type: 'region' })
const iso = (at: number) => new Date(at).toISOString()

/** What we do not know of viewers is empty here: no city, no vendor, no search. */
function encodeSession(videoId: VideoId, session: PlaySession): z.infer<typeof SessionBody> {
  return {
    session: { sessionId: spellSession(session.id, videoId), loadedAt: iso(session.startedAt), endedAt: iso(session.endedAt), metadata: session.metadata },
    location: { country: session.country ? (countries.of(session.country) ?? session.country) : '', city: '' },
    referrer: { url: session.referrer ?? '', medium: '', source: session.referrer ? (URL.parse(session.referrer)?.hostname ?? '') : '', searchTerm: '' },
    device: { type: session.device, vendor: 'unknown', model: 'unknown' },
    os: { name: session.os.name, shortname: session.os.name, version: session.os.version },
    client: { type: 'browser', name: session.browser.name, version: session.browser.version },
  }
}

function encodeEvent({ kind, at, position, to }: SessionEvent): z.infer<typeof EventBody> {
  const emitted = { type: kind, emittedAt: iso(at) }
  return kind.startsWith('seek.') ? { ...emitted, from: position, to: to ?? position } : { ...emitted, at: position }
}
