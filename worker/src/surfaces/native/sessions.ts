import { VIEWING_EVENTS } from '@avocet/shared/beacon'
import { z } from 'zod'
import { listSessionEvents } from '../../domain/analytics/listSessionEvents.ts'
import { listSessions } from '../../domain/analytics/listSessions.ts'
import { periodOf } from '../../domain/analytics/period.ts'
import type { PlaySession } from '../../domain/analytics/playSession.ts'
import { DAY_MS } from '../../domain/usage.ts'
import { route } from '../../http/route.ts'
import { encodePage, Iso, idParam, iso, PageQuery, pageOf, sliceOf } from './codec.ts'

const about = { method: 'GET', tag: 'Stats', needs: 'stats:read', rate: 'stats' } as const
const Named = z.object({ name: z.string(), version: z.string() }).describe('Empty where the browser does not tell')
const SessionBody = z.object({
  id: z.string(),
  started_at: Iso,
  ended_at: Iso.describe('When it was last heard of'),
  seconds_played: z.number(),
  viewer_id: z.string().nullable(),
  referrer: z.string().nullable(),
  country: z.string().nullable(),
  device: z.string(),
  os: Named,
  browser: Named,
  metadata: z.array(z.object({ key: z.string(), value: z.string() })),
})
const Query = PageQuery.extend({
  from: z.iso.date().optional(),
  to: z.iso.date().optional(),
  metadata: z
    .string()
    .regex(/^[^:]{1,40}:.{0,200}$/)
    .optional()
    .describe('`name:value` the embedding page gave the viewing'),
})
const EventBody = z.object({ type: z.enum(VIEWING_EVENTS), at: Iso, position: z.number().describe('Second of the video'), to: z.number().nullable().describe('Second gone to by a seek') })

export const sessionRoutes = [
  route({
    ...about,
    path: '/videos/:id/sessions',
    summary: 'Viewings of a video, newest first: when, where, with what. Those of the last month, at most the newest 10,000',
    input: { params: z.object({ id: idParam('video') }), query: Query },
    output: { status: 200, body: pageOf(SessionBody) },
    async run({ deps, actor, params, query }) {
      const { from, to } = periodOf({ ...query, bucket: 'day' }, deps.now())
      const [, key = '', value = ''] = /^([^:]*):(.*)$/s.exec(query.metadata ?? '') ?? []
      const wanted = { from: from * DAY_MS, to: (to + 1) * DAY_MS, metadata: query.metadata === undefined ? [] : [{ key, value }] }
      return encodePage(await listSessions(deps, actor, params.id, wanted, sliceOf(query)), query, encodeSession)
    },
  }),
  route({
    ...about,
    path: '/videos/:id/sessions/:session/events',
    summary: 'What was done in one viewing, in order; at most 100 events',
    input: { params: z.object({ id: idParam('video'), session: idParam('session') }) },
    output: { status: 200, body: z.object({ data: z.array(EventBody) }) },
    run: async ({ deps, actor, params }) => ({
      data: (await listSessionEvents(deps, actor, params.id, params.session)).map(({ kind, at, position, to }) => ({ type: kind, at: iso(at), position, to })),
    }),
  }),
]

const encodeSession = ({ id, startedAt, endedAt, playedSeconds, viewerId, referrer, country, device, os, browser, metadata }: PlaySession): z.infer<typeof SessionBody> => ({
  id,
  started_at: iso(startedAt),
  ended_at: iso(endedAt),
  seconds_played: Math.round(playedSeconds * 10) / 10,
  viewer_id: viewerId,
  referrer,
  country,
  device,
  os,
  browser,
  metadata,
})
