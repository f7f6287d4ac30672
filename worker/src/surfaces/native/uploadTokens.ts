import { z } from 'zod'
import { createUploadToken } from '../../domain/uploadTokens/createUploadToken.ts'
import { deleteUploadToken } from '../../domain/uploadTokens/deleteUploadToken.ts'
import { getUploadToken } from '../../domain/uploadTokens/getUploadToken.ts'
import { listUploadTokens } from '../../domain/uploadTokens/listUploadTokens.ts'
import type { UploadToken } from '../../domain/uploadTokens/uploadToken.ts'
import { route } from '../../http/route.ts'
import { encodePage, Iso, idParam, iso, isoOrNull, PageQuery, pageOf, sliceOf } from './codec.ts'

const DEFAULT_TTL_SECONDS = 3_600
const MOST_TTL_SECONDS = 2 ** 31 - 1
const whole = z.number().int().positive().max(Number.MAX_SAFE_INTEGER)
const TokenBody = z
  .object({
    id: z.string(),
    name: z.string(),
    ttl: whole.nullable().describe('Seconds; null: it does not end'),
    expires_at: Iso.nullable(),
    max_size: whole.nullable().describe('Most bytes of one upload'),
    max_uploads: whole.nullable(),
    uploads: z.number().int().nonnegative().describe('Uploads begun with it'),
    video_id: z.string().nullable().describe('The one video it gives a source to; null: each upload makes a video'),
    created_at: Iso,
  })
  .meta({ id: 'UploadToken' })
const params = z.object({ id: idParam('uploadToken') })
const about = { tag: 'Upload tokens', needs: 'videos:write', rate: 'write' } as const
const reads = { tag: 'Upload tokens', needs: 'videos:read', rate: 'read' } as const

export const uploadTokenRoutes = [
  route({
    ...about,
    method: 'POST',
    path: '/upload-tokens',
    summary: 'Create a token browsers upload with; it is shown this once',
    input: {
      body: z.strictObject({
        name: z.string().trim().max(100).default(''),
        ttl: whole.max(MOST_TTL_SECONDS).nullable().default(DEFAULT_TTL_SECONDS).describe('Seconds in which uploads can be begun; null: for ever'),
        max_size: whole.nullable().default(null),
        max_uploads: whole.nullable().default(null),
        video_id: z.string().max(64).nullable().default(null).describe('A video that awaits its source'),
      }),
    },
    output: { status: 201, body: TokenBody.extend({ token: z.string().describe('Send as Authorization: Bearer to the upload endpoints') }) },
    async run({ deps, actor, body }) {
      const wish = { name: body.name, ttlSeconds: body.ttl, maxBytes: body.max_size, maxUploads: body.max_uploads, videoId: body.video_id }
      const { token, uploadToken } = await createUploadToken(deps, actor, wish)
      return { ...encodeToken(uploadToken), token }
    },
  }),
  route({
    ...reads,
    method: 'GET',
    path: '/upload-tokens',
    summary: 'List upload tokens, newest first; never the tokens themselves',
    input: { query: PageQuery },
    output: { status: 200, body: pageOf(TokenBody) },
    run: async ({ deps, actor, query }) =>
      encodePage(await listUploadTokens(deps, actor, { sort: '-created_at', activeAt: null }, sliceOf(query)), query, encodeToken),
  }),
  route({
    ...reads,
    method: 'GET',
    path: '/upload-tokens/:id',
    summary: 'An upload token: what it allows, and how often it was used',
    input: { params },
    output: { status: 200, body: TokenBody },
    run: async ({ deps, actor, params }) => encodeToken(await getUploadToken(deps, actor, params.id)),
  }),
  route({
    ...about,
    method: 'DELETE',
    path: '/upload-tokens/:id',
    summary: 'End an upload token at once, also for uploads under way',
    input: { params },
    output: { status: 204 },
    run: ({ deps, actor, params }) => deleteUploadToken(deps, actor, params.id),
  }),
]

const encodeToken = (token: UploadToken): z.infer<typeof TokenBody> => ({
  id: token.id,
  name: token.name,
  ttl: token.ttlSeconds,
  expires_at: isoOrNull(token.expiresAt),
  max_size: token.maxBytes,
  max_uploads: token.maxUploads,
  uploads: token.uploads,
  video_id: token.videoId,
  created_at: iso(token.createdAt),
})
