import { z } from 'zod'
import { createEmbedToken } from '../../domain/embeds/createEmbedToken.ts'
import type { EmbedToken } from '../../domain/embeds/embedToken.ts'
import { listEmbedTokens } from '../../domain/embeds/listEmbedTokens.ts'
import { revokeEmbedToken } from '../../domain/embeds/revokeEmbedToken.ts'
import type { Config } from '../../domain/ports.ts'
import { route } from '../../http/route.ts'
import { encodePage, Iso, idParam, iso, isoOrNull, PageQuery, pageOf, sliceOf } from './codec.ts'
import { embedHtml } from './videoCodec.ts'

const DEFAULT_SECONDS = 3600
const MAX_SECONDS = 365 * 24 * 3600

const TokenBody = z.object({
  id: z.string(),
  embed_token: z.string(),
  video_id: z.string(),
  viewer_id: z.string().nullable(),
  allowed_domains: z.array(z.string()),
  expires_at: Iso.nullable(),
  revoked_at: Iso.nullable(),
  watch_url: z.string(),
  embed_html: z.string(),
  created_at: Iso,
}).meta({ id: 'EmbedToken' })
const about = { tag: 'Embed tokens', needs: 'embeds:write', rate: 'write' } as const

export const embedTokenRoutes = [
  route({
    ...about,
    method: 'POST',
    path: '/embed-token',
    summary: 'Mint a token that plays one video: for one viewer, until it expires or is revoked',
    input: {
      body: z.strictObject({
        video_id: z.string().max(64),
        viewer_id: z.string().min(1).max(255).optional(),
        expires_in: z.number().int().min(1).max(MAX_SECONDS).nullable().default(DEFAULT_SECONDS).describe('Seconds; null: until revoked'),
        allowed_domains: z.array(z.string()).max(100).default([]).describe("Narrows the video's own list"),
      }),
    },
    output: { status: 201, body: TokenBody },
    async run({ deps, actor, body }) {
      const wish = { videoId: body.video_id, viewerId: body.viewer_id ?? null, expiresInSeconds: body.expires_in, allowedDomains: body.allowed_domains }
      return encodeToken(deps.config, await createEmbedToken(deps, actor, wish))
    },
  }),
  route({
    tag: 'Embed tokens',
    needs: 'embeds:read',
    rate: 'read',
    method: 'GET',
    path: '/embed-tokens',
    summary: 'List minted tokens, of the account or of one video',
    input: { query: PageQuery.extend({ video_id: idParam('video').optional() }) },
    output: { status: 200, body: pageOf(TokenBody) },
    run: async ({ deps, actor, query }) =>
      encodePage(await listEmbedTokens(deps, actor, query.video_id ?? null, sliceOf(query)), query, (token) => encodeToken(deps.config, token)),
  }),
  route({
    ...about,
    method: 'DELETE',
    path: '/embed-tokens/:id',
    summary: 'Revoke a minted token, by id or by the token itself; playback stops within a minute',
    input: { params: z.object({ id: z.string().max(64) }) },
    output: { status: 204 },
    run: ({ deps, actor, params }) => revokeEmbedToken(deps, actor, params.id),
  }),
]

function encodeToken({ publicUrl }: Config, token: EmbedToken): z.infer<typeof TokenBody> {
  const watchUrl = `${publicUrl}/watch/${token.token}`
  return {
    id: token.id,
    embed_token: token.token,
    video_id: token.videoId,
    viewer_id: token.viewerId,
    allowed_domains: token.allowedDomains,
    expires_at: isoOrNull(token.expiresAt),
    revoked_at: isoOrNull(token.revokedAt),
    watch_url: watchUrl,
    embed_html: embedHtml(watchUrl),
    created_at: iso(token.createdAt),
  }
}
