import { z } from 'zod'
import { cancelImport } from '../../domain/imports/cancelImport.ts'
import { createImport } from '../../domain/imports/createImport.ts'
import { getImport } from '../../domain/imports/importOf.ts'
import { retryImport } from '../../domain/imports/retryImport.ts'
import { route } from '../../http/route.ts'
import { idParam } from './codec.ts'
import { encodeImport, encodeVideo, ImportBody, VideoBody } from './videoCodec.ts'

const params = z.object({ id: idParam('video') })
const about = { tag: 'Imports', needs: 'videos:write', rate: 'upload' } as const

export const importRoutes = [
  route({
    ...about,
    method: 'POST',
    path: '/videos/import',
    summary: 'Fetch a file from its address into a new video, or into one that awaits its source',
    input: {
      body: z.strictObject({
        url: z.string().min(1).max(4096).describe('https, of a public host; redirects are followed'),
        title: z.string().optional(),
        description: z.string().optional(),
        visibility: z.enum(['public', 'private']).optional(),
        video_id: z.string().max(64).optional(),
      }),
    },
    output: { status: 202, body: VideoBody },
    async run({ deps, actor, body }) {
      const { video_id: videoId, ...wish } = body
      const { detail, ingest } = await createImport(deps, actor, { ...wish, videoId })
      return encodeVideo(deps.config, detail, { ingest, receivedBytes: 0, sizeBytes: null })
    },
  }),
  route({
    ...about,
    needs: 'videos:read',
    rate: 'read',
    method: 'GET',
    path: '/videos/:id/import',
    summary: 'How the import of a video stands',
    input: { params },
    output: { status: 200, body: ImportBody },
    run: async ({ deps, actor, params }) => encodeImport(await getImport(deps, actor, params.id)),
  }),
  route({
    ...about,
    method: 'POST',
    path: '/videos/:id/import/retry',
    summary: 'Fetch once more what failed or was cancelled, from the beginning; or try at once what waits for its next try',
    input: { params },
    output: { status: 202, body: ImportBody },
    async run({ deps, actor, params }) {
      await retryImport(deps, actor, params.id)
      return encodeImport(await getImport(deps, actor, params.id))
    },
  }),
  route({
    ...about,
    method: 'DELETE',
    path: '/videos/:id/import',
    summary: 'Cancel an import; the video awaits another source',
    input: { params },
    output: { status: 204 },
    run: ({ deps, actor, params }) => cancelImport(deps, actor, params.id),
  }),
]
