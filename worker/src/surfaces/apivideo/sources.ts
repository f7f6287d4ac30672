import { z } from 'zod'
import type { Actor } from '../../domain/actor.ts'
import type { Deps, VideoDetail } from '../../domain/ports.ts'
import { type IncomingPart, MAX_PART_BYTES, type PartRange, receivePart } from '../../domain/sources/receivePart.ts'
import { parseContentRange } from '../../http/contentRange.ts'
import { readMultipartFile } from '../../http/multipart.ts'
import { route } from '../../http/route.ts'
import { idParam } from './codec.ts'
import { spellPartFault } from './partFaults.ts'
import { encodeVideo, VideoBody } from './videoCodec.ts'

const headers = z.object({ 'Content-Range': z.string().optional().describe('`part 2/5`, `part 2/*` or `bytes 0-99/1000`; none for the whole file') })

export const sourceRoutes = [
  route({
    method: 'POST',
    path: '/videos/:videoId/source',
    summary: 'Upload the file of a video, whole or in parts, as multipart/form-data',
    tag: 'Videos',
    needs: 'videos:write',
    // Clients send thousands of parts and do not repeat a 429.
    rate: 'none',
    input: { params: z.object({ videoId: idParam('video', 'vi') }), headers, streams: ['multipart/form-data'] },
    output: { status: 201, body: VideoBody },
    async run({ deps, actor, params, request }) {
      const range = rangeOf(request)
      return encodeVideo(deps, await receive(deps, actor, params.videoId, range, await readMultipartFile(request, MAX_PART_BYTES)))
    },
  }),
]

/** The part a request says it carries, refusing in the dialect's words. */
export function rangeOf(request: Request): PartRange | null {
  try {
    return parseContentRange(request.headers.get('Content-Range'))
  } catch (error) {
    throw spellPartFault(error, null)
  }
}

/** Takes one part for a video, refusing in the dialect's words. */
export async function receive(deps: Deps, actor: Actor, videoId: string, range: PartRange | null, { filename, body }: Omit<IncomingPart, 'range'>): Promise<VideoDetail> {
  try {
    return await receivePart(deps, actor, videoId, { range, filename, body })
  } catch (error) {
    throw spellPartFault(error, range)
  }
}
