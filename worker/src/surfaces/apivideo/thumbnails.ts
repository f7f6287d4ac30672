import { z } from 'zod'
import { pickPoster } from '../../domain/videos/pickPoster.ts'
import { MAX_POSTER_BYTES, uploadPoster } from '../../domain/videos/uploadPoster.ts'
import { readFileForm } from '../../http/fileBody.ts'
import { route } from '../../http/route.ts'
import { idParam } from './codec.ts'
import { encodeVideo, VideoBody } from './videoCodec.ts'

const FRAMES_A_SECOND = 30

/** `hh:mm:ss`, with `.mmm` or `:frame`, or seconds. */
const Timecode = z.string().transform((text, context) => {
  if (/^\d{1,7}(?:\.\d{1,6})?$/.test(text)) return Number(text)
  const [, hours, minutes, seconds, frame] = /^(\d{1,2}):(\d{2}):(\d{2}(?:\.\d{1,6})?)(?::(\d{1,3}))?$/.exec(text) ?? []
  if (hours !== undefined) return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds) + Number(frame ?? 0) / FRAMES_A_SECOND
  context.addIssue('This attribute must be a timecode.')
  return z.NEVER
})

const params = z.object({ videoId: idParam('video', 'vi') })
const about = { tag: 'Videos', needs: 'videos:write', rate: 'write' } as const

export const thumbnailRoutes = [
  route({
    ...about,
    method: 'PATCH',
    path: '/videos/:videoId/thumbnail',
    summary: 'Pick a moment of the video as its thumbnail',
    input: { params, body: z.object({ timecode: Timecode }) },
    output: { status: 200, body: VideoBody },
    run: async ({ deps, actor, params, body }) => encodeVideo(deps, await pickPoster(deps, actor, params.videoId, body.timecode)),
  }),
  route({
    ...about,
    method: 'POST',
    path: '/videos/:videoId/thumbnail',
    summary: 'Upload a thumbnail: JPEG, PNG or WebP, at most 8 MiB',
    input: { params, streams: ['multipart/form-data'] },
    output: { status: 200, body: VideoBody },
    async run({ deps, actor, params, request }) {
      const { bytes } = await readFileForm(request, MAX_POSTER_BYTES)
      return encodeVideo(deps, await uploadPoster(deps, actor, params.videoId, bytes))
    },
  }),
]
