import { missing } from '@avocet/shared/fault'
import { z } from 'zod'
import type { Actor } from '../../domain/actor.ts'
import type { Deps } from '../../domain/ports.ts'
import { addTrack, canonicalLanguage } from '../../domain/tracks/addTrack.ts'
import { deleteTrack } from '../../domain/tracks/deleteTrack.ts'
import { listTracks } from '../../domain/tracks/listTracks.ts'
import type { Track } from '../../domain/tracks/track.ts'
import { updateTrack } from '../../domain/tracks/updateTrack.ts'
import { readFileForm } from '../../http/fileBody.ts'
import { route } from '../../http/route.ts'
import { encodePage, idParam, PageQuery, pageOf, sliceOf, spellId } from './codec.ts'

const MAX_BYTES = 5 * 1024 * 1024
const params = z.object({ videoId: idParam('video', 'vi') })
const one = params.extend({ language: z.string().max(35) })
const reads = { needs: 'videos:read', rate: 'read' } as const
const writes = { needs: 'videos:write', rate: 'write' } as const

const CaptionBody = z.object({ uri: z.string(), src: z.string(), srclang: z.string(), languageName: z.string(), default: z.boolean() })
const ChapterBody = z.object({ uri: z.string(), src: z.string(), language: z.string() })

interface Resource<B extends z.ZodType> {
  noun: 'captions' | 'chapters'
  tag: string
  kinds: readonly Track['kind'][]
  body: B
  encode(deps: Deps, track: Track): z.infer<B>
}

const address = (noun: string, { videoId, language }: Track) => `${spellId('vi', videoId)}/${noun}/${language}`

const captions: Resource<typeof CaptionBody> = {
  noun: 'captions',
  tag: 'Captions',
  // One list holds both here; where a language has both, captions go first.
  kinds: ['captions', 'subtitles'],
  body: CaptionBody,
  encode: ({ config }, track) => ({
    uri: `/videos/${address('captions', track)}`,
    src: `${config.publicUrl}/vod/${address('captions', track)}.vtt`,
    srclang: track.language,
    languageName: track.label,
    default: track.isDefault,
  }),
}

const chapters: Resource<typeof ChapterBody> = {
  noun: 'chapters',
  tag: 'Chapters',
  kinds: ['chapters'],
  body: ChapterBody,
  encode: ({ config }, track) => ({ uri: `/videos/${address('chapters', track)}`, src: `${config.publicUrl}/vod/${address('chapters', track)}.vtt`, language: track.language }),
}

const routesOf = <B extends z.ZodType>({ noun, tag, kinds, body, encode }: Resource<B>) => [
  route({
    ...reads,
    tag,
    method: 'GET',
    path: `/videos/:videoId/${noun}`,
    summary: `List the ${noun} of a video`,
    input: { params, query: PageQuery },
    output: { status: 200, body: pageOf(body) },
    async run({ deps, actor, params, query, request }) {
      const slice = sliceOf(query)
      const all = byLanguage(await listTracks(deps, actor, params.videoId), kinds)
      const listing = { items: all.slice(slice.offset, slice.offset + slice.limit), total: all.length }
      return encodePage(request, slice, listing, (track) => encode(deps, track))
    },
  }),
  route({
    ...reads,
    tag,
    method: 'GET',
    path: `/videos/:videoId/${noun}/:language`,
    summary: `Show the ${noun} in one language`,
    input: { params: one },
    output: { status: 200, body },
    run: async ({ deps, actor, params }) => encode(deps, await trackIn(deps, actor, kinds, params)),
  }),
  route({
    ...writes,
    tag,
    method: 'POST',
    path: `/videos/:videoId/${noun}/:language`,
    summary: `Upload ${noun} as WebVTT, in multipart/form-data; replaces those of the language`,
    input: { params: one, streams: ['multipart/form-data'] },
    output: { status: 200, body },
    async run({ deps, actor, params, request }) {
      const { bytes } = await readFileForm(request, MAX_BYTES)
      const language = canonicalLanguage(params.language)
      const old = byLanguage(await listTracks(deps, actor, params.videoId), kinds).find((track) => track.language === language)
      const wish = { language, label: undefined, kind: old?.kind ?? kinds[0]!, isDefault: old?.isDefault ?? false, bytes }
      return encode(deps, await addTrack(deps, actor, params.videoId, wish))
    },
  }),
  route({
    ...writes,
    tag,
    method: 'DELETE',
    path: `/videos/:videoId/${noun}/:language`,
    summary: `Delete the ${noun} in one language`,
    input: { params: one },
    output: { status: 204 },
    run: async ({ deps, actor, params }) => deleteTrack(deps, actor, params.videoId, (await trackIn(deps, actor, kinds, params)).id),
  }),
]

export const trackRoutes = [
  ...routesOf(captions),
  ...routesOf(chapters),
  route({
    ...writes,
    tag: 'Captions',
    method: 'PATCH',
    path: '/videos/:videoId/captions/:language',
    summary: 'Make captions the ones shown from the start, or no longer',
    input: { params: one, body: z.object({ default: z.boolean() }).partial() },
    output: { status: 200, body: CaptionBody },
    async run({ deps, actor, params, body }) {
      const { id } = await trackIn(deps, actor, captions.kinds, params)
      return captions.encode(deps, await updateTrack(deps, actor, params.videoId, id, { isDefault: body.default }))
    },
  }),
]

/** One track a language, of the first of the kinds that has it; by language. */
export function byLanguage(tracks: readonly Track[], kinds: readonly Track['kind'][]): Track[] {
  const found = new Map<string, Track>()
  for (const kind of kinds) for (const track of tracks) if (track.kind === kind && !found.has(track.language)) found.set(track.language, track)
  return [...found.values()].sort((a, b) => (a.language < b.language ? -1 : 1))
}

async function trackIn(deps: Deps, actor: Actor, kinds: readonly Track['kind'][], { videoId, language }: { videoId: string; language: string }): Promise<Track> {
  const wanted = canonicalLanguage(language)
  return byLanguage(await listTracks(deps, actor, videoId), kinds).find((track) => track.language === wanted) ?? missing('track')
}
