import { z } from 'zod'
import type { Actor } from '../../domain/actor.ts'
import type { Deps, VideoDetail } from '../../domain/ports.ts'
import { createForUpload } from '../../domain/sources/createForUpload.ts'
import { MAX_PART_BYTES } from '../../domain/sources/receivePart.ts'
import { holdPart, readHeldPart, releasePart } from '../../domain/sources/holdPart.ts'
import { targetOf } from '../../domain/uploadTokens/useUploadToken.ts'
import { type MultipartFile, readMultipartFile } from '../../http/multipart.ts'
import { route } from '../../http/route.ts'
import { parseId } from './codec.ts'
import { rangeOf, receive } from './sources.ts'
import { uploadActor } from './uploadTokens.ts'
import { encodeVideo, MP4_UNLESS_ASKED, VideoBody } from './videoCodec.ts'

export const delegatedUploadRoutes = [
  route({
    method: 'POST',
    path: '/upload',
    summary: 'Upload with an upload token, whole or in parts; into a video of its own, or into the one named by videoId',
    tag: 'Videos',
    // Its credential stands in the address.
    needs: 'public',
    rate: 'none',
    input: { query: z.object({ token: z.string().max(64).optional() }), streams: ['multipart/form-data'] },
    output: { status: 201, body: VideoBody },
    async run({ deps, query, request }) {
      const actor = await uploadActor(deps, query.token)
      const file = await readMultipartFile(request, MAX_PART_BYTES)
      return encodeVideo(deps, await take(deps, actor, request, file))
    },
  }),
]

/** `videoId` may stand before the file or behind it (contract section 1, 6): without it in front, a part must arrive before it is known where it belongs. */
async function take(deps: Deps, actor: Actor, request: Request, file: MultipartFile): Promise<VideoDetail> {
  const range = rangeOf(request)
  const named = targetOf(actor, idOf(file.fields.videoId))
  if (named !== null) return receive(deps, actor, named, range, file)
  const held = await holdPart(deps, actor, file.body)
  try {
    const videoId = idOf((await file.rest()).videoId) ?? (await createForUpload(deps, actor, { filename: file.filename, range, downloadable: MP4_UNLESS_ASKED })).video.id
    return await receive(deps, actor, videoId, range, { filename: file.filename, body: await readHeldPart(deps, held) })
  } finally {
    await releasePart(deps, held)
  }
}

/** The id a field names; an unknown one stays unknown. */
const idOf = (text: string | undefined): string | null => (text === undefined ? null : (parseId('video', 'vi', text) ?? ''))
