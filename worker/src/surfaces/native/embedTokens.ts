import { EmbedTermsWire, SIGNED_TOKEN_MAX_LENGTH } from '@avocet/shared/embed'
import { z } from 'zod'
import { createEmbedToken } from '../../domain/embeds/createEmbedToken.ts'
import type { EmbedToken } from '../../domain/embeds/embedToken.ts'
import { listEmbedTokens } from '../../domain/embeds/listEmbedTokens.ts'
import { revokeEmbedToken } from '../../domain/embeds/revokeEmbedToken.ts'
import { revokeSignedToken } from '../../domain/embeds/revokeSignedToken.ts'
import { revokeVideoTokens } from '../../domain/embeds/revokeVideoTokens.ts'
import { revokeViewer } from '../../domain/embeds/revokeViewer.ts'
import type { Config } from '../../domain/ports.ts'
import { embedHtml } from '../../http/embedHtml.ts'
import { route } from '../../http/route.ts'
import { encodePage, Iso, idParam, iso, isoOrNull, PageQuery, pageOf, sliceOf } from './codec.ts'

const DEFAULT_SECONDS = 3600
const MAX_SECONDS = 365 * 24 * 3600

const words = z.array(z.string())
const TokenBody = z.object({
  id: z.string(),
  embed_token: z.string(),
  video_id: z.string(),
  viewer_id: z.string().nullable(),
  viewer_name: z.string().nullable(),
  viewer_version: z.number().int(),
  allowed_domains: words,
  max_sessions: z.number().int().nullable(),
  max_views: z.number().int().nullable(),
  watermark_text: z.string().nullable(),
  allowed_countries: words,
  blocked_countries: words,
  allowed_ips: words,
  starts_at: Iso.nullable(),
  expires_at: Iso.nullable(),
  revoked_at: Iso.nullable(),
  watch_url: z.string(),
  embed_html: z.string(),
  created_at: Iso,
}).meta({ id: 'EmbedToken' })
const about = { tag: 'Embed tokens', needs: 'embeds:write', rate: 'write' } as const

const Wish = EmbedTermsWire.extend({
  video_id: z.string().max(64),
  expires_in: z.number().int().min(1).max(MAX_SECONDS).nullable().default(DEFAULT_SECONDS).describe('Seconds from starts_at; null: until revoked'),
  starts_at: Iso.optional().describe('Refused before'),
})

export const embedTokenRoutes = [
  route({
    ...about,
    method: 'POST',
    path: '/embed-token',
    summary: 'Mint a token that plays one video: for one viewer, until it expires or is revoked, under the terms you set',
    input: { body: Wish },
    output: { status: 201, body: TokenBody },
    async run({ deps, actor, body }) {
      const { video_id: videoId, expires_in, starts_at, ...terms } = body
      const startsAt = starts_at === undefined ? null : Date.parse(starts_at)
      const expiresAt = expires_in === null ? null : (startsAt ?? deps.now()) + expires_in * 1000
      return encodeToken(deps.config, await createEmbedToken(deps, actor, { videoId, terms, startsAt, expiresAt }))
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
    summary: 'Revoke a minted token, by id or by the token itself; playback stops within 65 seconds',
    input: { params: z.object({ id: z.string().max(64) }) },
    output: { status: 204 },
    run: ({ deps, actor, params }) => revokeEmbedToken(deps, actor, params.id),
  }),
  route({
    ...about,
    method: 'POST',
    path: '/embed-tokens/revoke',
    summary: 'Revoke a token that your server signed, given its text',
    input: { body: z.strictObject({ embed_token: z.string().max(SIGNED_TOKEN_MAX_LENGTH) }) },
    output: { status: 204 },
    run: ({ deps, actor, body }) => revokeSignedToken(deps, actor, body.embed_token),
  }),
  route({
    ...about,
    method: 'POST',
    path: '/viewers/revoke',
    summary: "Revoke one viewer's tokens: all made until now, or those up to a viewer_version",
    input: { body: z.strictObject({ viewer_id: z.string().min(1).max(255), up_to_version: z.number().int().min(0).optional() }) },
    output: { status: 204 },
    run: ({ deps, actor, body }) => revokeViewer(deps, actor, body.viewer_id, body.up_to_version ?? null),
  }),
  route({
    ...about,
    method: 'DELETE',
    path: '/videos/:id/embed-tokens',
    summary: "Revoke every token minted or signed for a video until now; the video's own token stays",
    input: { params: z.object({ id: idParam('video') }) },
    output: { status: 204 },
    run: ({ deps, actor, params }) => revokeVideoTokens(deps, actor, params.id),
  }),
]

function encodeToken({ publicUrl }: Config, token: EmbedToken): z.infer<typeof TokenBody> {
  const watchUrl = `${publicUrl}/watch/${token.token}`
  return {
    id: token.id,
    embed_token: token.token,
    video_id: token.videoId,
    viewer_id: token.viewerId,
    viewer_name: token.viewerName,
    viewer_version: token.viewerVersion,
    allowed_domains: token.allowedDomains,
    max_sessions: token.maxSessions,
    max_views: token.maxViews,
    watermark_text: token.watermarkText,
    allowed_countries: token.allowedCountries,
    blocked_countries: token.blockedCountries,
    allowed_ips: token.allowedIps,
    starts_at: isoOrNull(token.startsAt),
    expires_at: isoOrNull(token.expiresAt),
    revoked_at: isoOrNull(token.revokedAt),
    watch_url: watchUrl,
    embed_html: embedHtml(watchUrl),
    created_at: iso(token.createdAt),
  }
}
