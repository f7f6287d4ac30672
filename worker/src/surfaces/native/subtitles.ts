import { Fault } from '@avocet/shared/fault'
import { z } from 'zod'
import { addTrack, type TrackWish } from '../../domain/tracks/addTrack.ts'
import { deleteTrack } from '../../domain/tracks/deleteTrack.ts'
import { listTracks } from '../../domain/tracks/listTracks.ts'
import type { Track } from '../../domain/tracks/track.ts'
import { updateTrack } from '../../domain/tracks/updateTrack.ts'
import { readBytes } from '../../http/body.ts'
import { readMultipartFile } from '../../http/multipart.ts'
import { route } from '../../http/route.ts'
import { Iso, idParam, iso } from './codec.ts'

const MAX_BYTES = 5 * 1024 * 1024
const flag = z.enum(['true', 'false', '1', '0']).transform((text) => text === 'true' || text === '1')
const Wish = z.strictObject({
  language: z.string().max(35),
  label: z.string().max(255).optional(),
  kind: z.enum(['subtitles', 'captions', 'chapters']).default('subtitles'),
  default: flag.default(false),
})
const TrackBody = z.object({
  id: z.string(),
  kind: z.enum(['subtitles', 'captions', 'chapters']),
  language: z.string().describe('BCP-47'),
  label: z.string(),
  default: z.boolean(),
  size: z.number().int(),
  created_at: Iso,
}).meta({ id: 'Subtitle' })
const params = z.object({ id: idParam('video') })
const trackParams = params.extend({ track: idParam('track') })
const about = { tag: 'Subtitles', needs: 'videos:write', rate: 'write' } as const

export const subtitleRoutes = [
  route({
    ...about,
    method: 'POST',
    path: '/videos/:id/subtitles',
    summary: 'Upload a subtitle track (WebVTT or SRT) as raw body or multipart file; replaces the one of the same kind and language',
    input: { params, query: Wish.partial(), streams: ['text/vtt', 'application/x-subrip', 'multipart/form-data'] },
    output: { status: 201, body: TrackBody },
    run: async ({ deps, actor, params, query, request }) => encodeTrack(await addTrack(deps, actor, params.id, await wishOf(request, query))),
  }),
  route({
    tag: 'Subtitles',
    needs: 'videos:read',
    rate: 'read',
    method: 'GET',
    path: '/videos/:id/subtitles',
    summary: 'List the tracks of a video',
    input: { params },
    output: { status: 200, body: z.object({ data: z.array(TrackBody) }) },
    run: async ({ deps, actor, params }) => ({ data: (await listTracks(deps, actor, params.id)).map(encodeTrack) }),
  }),
  route({
    ...about,
    method: 'PUT',
    path: '/videos/:id/subtitles/:track',
    summary: 'Rename a track or make it the default',
    input: { params: trackParams, body: z.strictObject({ label: z.string(), default: z.boolean() }).partial() },
    output: { status: 200, body: TrackBody },
    run: async ({ deps, actor, params, body }) => encodeTrack(await updateTrack(deps, actor, params.id, params.track, { label: body.label, isDefault: body.default })),
  }),
  route({
    ...about,
    method: 'DELETE',
    path: '/videos/:id/subtitles/:track',
    summary: 'Delete a track',
    input: { params: trackParams },
    output: { status: 204 },
    run: ({ deps, actor, params }) => deleteTrack(deps, actor, params.id, params.track),
  }),
]

/** What is said beside the text: in the query, or in form fields before the file. */
async function wishOf(request: Request, query: Partial<z.infer<typeof Wish>>): Promise<TrackWish> {
  const isForm = /^multipart\/form-data\b/i.test(request.headers.get('Content-Type') ?? '')
  const file = isForm ? await readMultipartFile(request) : null
  const given = { ...(file?.fields ?? {}), ...Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined).map(([name, value]) => [name, String(value)])) }
  const wish = Wish.safeParse(given)
  if (!wish.success) {
    const errors = wish.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }))
    throw new Fault('bad_request', 'Say the language of the track, e.g. ?language=en.', { errors })
  }
  const bytes = file ? await readBytes(new Request('http://form', { method: 'POST', body: file.body }), MAX_BYTES) : await readBytes(request, MAX_BYTES)
  const { language, label, kind } = wish.data
  return { language, label, kind, isDefault: wish.data.default, bytes }
}

const encodeTrack = (track: Track): z.infer<typeof TrackBody> => ({
  id: track.id,
  kind: track.kind,
  language: track.language,
  label: track.label,
  default: track.isDefault,
  size: track.sizeBytes,
  created_at: iso(track.createdAt),
})
