import { Fault } from '@avocet/shared/fault'
import { z } from 'zod'
import type { Deps } from '../../domain/ports.ts'
import { authenticateUploadToken } from '../../domain/uploadTokens/authenticateUploadToken.ts'
import { createUploadToken } from '../../domain/uploadTokens/createUploadToken.ts'
import { deleteUploadToken } from '../../domain/uploadTokens/deleteUploadToken.ts'
import { getUploadToken, revealUploadToken } from '../../domain/uploadTokens/getUploadToken.ts'
import { listUploadTokens } from '../../domain/uploadTokens/listUploadTokens.ts'
import type { UploadToken } from '../../domain/uploadTokens/uploadToken.ts'
import { route } from '../../http/route.ts'
import { encodePage, PageQuery, pageOf, SortOrder, sliceOf, Time, time } from './codec.ts'

const TokenBody = z.object({ token: z.string(), ttl: z.number().int(), createdAt: Time, expiresAt: Time.nullable() })
const params = z.object({ uploadToken: z.string().max(64).transform(parseToken) })
const reads = { tag: 'Upload tokens', needs: 'videos:read', rate: 'read' } as const
const writes = { tag: 'Upload tokens', needs: 'videos:write', rate: 'write' } as const

export const uploadTokenRoutes = [
  route({
    ...writes,
    method: 'POST',
    path: '/upload-tokens',
    summary: 'Make an upload token; ttl in seconds, 0 for one that never ends',
    input: { body: z.object({ ttl: z.number().int().min(0).max(2_147_483_647).default(0) }), bodyOptional: true },
    output: { status: 200, body: TokenBody },
    async run({ deps, actor, body }) {
      const wish = { name: '', ttlSeconds: body.ttl === 0 ? null : body.ttl, maxBytes: null, maxUploads: null, videoId: null }
      const { token, uploadToken } = await createUploadToken(deps, actor, wish)
      return encodeToken(token, uploadToken)
    },
  }),
  route({
    ...reads,
    method: 'GET',
    path: '/upload-tokens',
    summary: 'List the upload tokens in force',
    input: { query: PageQuery.extend({ sortBy: z.enum(['createdAt', 'ttl']).optional(), sortOrder: SortOrder }) },
    output: { status: 200, body: pageOf(TokenBody) },
    async run({ deps, actor, query, request }) {
      const slice = sliceOf(query)
      const sort = `${query.sortOrder === 'asc' ? '' : '-'}${query.sortBy === 'ttl' ? 'ttl' : 'created_at'}` as const
      return encodePage(request, slice, await listUploadTokens(deps, actor, { sort, activeAt: deps.now() }, slice), (token) => reveal(deps, token))
    },
  }),
  route({
    ...reads,
    method: 'GET',
    path: '/upload-tokens/:uploadToken',
    summary: 'Show an upload token',
    input: { params },
    output: { status: 200, body: TokenBody },
    run: async ({ deps, actor, params }) => reveal(deps, await getUploadToken(deps, actor, params.uploadToken)),
  }),
  route({
    ...writes,
    method: 'DELETE',
    path: '/upload-tokens/:uploadToken',
    summary: 'End an upload token',
    input: { params },
    output: { status: 204 },
    run: ({ deps, actor, params }) => deleteUploadToken(deps, actor, params.uploadToken),
  }),
]

/** `upt_` and digits are `to` and digits here. */
const spellToken = (token: string): string => `to${token.slice('upt_'.length)}`
function parseToken(text: string): string {
  return `upt_${text.replace(/^to/, '')}`
}

/** The actor of a delegated upload. Throws unauthenticated `upload_token_required` or `invalid_upload_token`. */
export async function uploadActor(deps: Deps, text: string | undefined) {
  if (!text) throw new Fault('unauthenticated', 'The address carries no upload token.', { reason: 'upload_token_required' })
  return authenticateUploadToken(deps, parseToken(text))
}

const reveal = async (deps: Deps, token: UploadToken) => encodeToken(await revealUploadToken(deps, token), token)

const encodeToken = (token: string, { ttlSeconds, createdAt, expiresAt }: UploadToken): z.infer<typeof TokenBody> => ({
  token: spellToken(token),
  ttl: ttlSeconds ?? 0,
  createdAt: time(createdAt),
  expiresAt: expiresAt === null ? null : time(expiresAt),
})
