import { z } from 'zod'
import { getVideo } from '../../domain/videos/getVideo.ts'
import { pickPoster } from '../../domain/videos/pickPoster.ts'
import { removePoster } from '../../domain/videos/removePoster.ts'
import { MAX_POSTER_BYTES, uploadPoster } from '../../domain/videos/uploadPoster.ts'
import { decode, parseJson } from '../../http/body.ts'
import { readFileBody } from '../../http/fileBody.ts'
import { route } from '../../http/route.ts'
import { idParam } from './codec.ts'
import { encodeVideo, VideoBody } from './videoCodec.ts'

const params = z.object({ id: idParam('video') })
const Moment = z.strictObject({ time: z.number().nonnegative() })
/** No image begins with a brace or a blank. */
const isJson = (bytes: Uint8Array) => /^\s*\{/.test(new TextDecoder('latin1').decode(bytes.subarray(0, 100)))
const about = { tag: 'Posters', needs: 'videos:write', rate: 'write', path: '/videos/:id/poster', input: { params } } as const

export const posterRoutes = [
  route({
    ...about,
    method: 'PUT',
    summary: 'Choose the poster: an image (JPEG, PNG or WebP, at most 8 MiB, as raw body or multipart file) or `{"time": seconds}` of the video',
    input: { params, streams: ['image/jpeg', 'image/png', 'image/webp', 'multipart/form-data', 'application/json'] },
    output: { status: 200, body: VideoBody },
    async run({ deps, actor, params, request }) {
      const { bytes } = await readFileBody(request, MAX_POSTER_BYTES)
      if (isJson(bytes)) return encodeVideo(deps.config, await pickPoster(deps, actor, params.id, decode(Moment, parseJson(bytes)).time))
      return encodeVideo(deps.config, await uploadPoster(deps, actor, params.id, bytes))
    },
  }),
  route({
    ...about,
    method: 'DELETE',
    summary: 'Go back to the poster made with the video',
    output: { status: 200, body: VideoBody },
    async run({ deps, actor, params }) {
      await removePoster(deps, actor, params.id)
      return encodeVideo(deps.config, await getVideo(deps, actor, params.id))
    },
  }),
]
