import { Fault } from '@avocet/shared/fault'
import { z } from 'zod'
import { openGrant } from '../../domain/playback/grant.ts'
import type { EmbedGrant } from '../../domain/rights.ts'
import { shownPoster } from '../../domain/videos/shownPoster.ts'
import { embedHtml, fitted } from '../../http/embedHtml.ts'
import { route } from '../../http/route.ts'

const DEFAULT_WIDTH = 640
const MAX_PIXELS = 8192
const CACHE_SECONDS = 3600

const size = z.number().int().positive()
const pixels = z.coerce.number().int().positive().max(100_000).optional()

/** Where a watch page says its oEmbed answer is. */
export const oembedUrl = (publicUrl: string, watchUrl: string) => `${publicUrl}/oembed?${new URLSearchParams({ url: watchUrl, format: 'json' })}`

export const oembedRoutes = [
  route({
    method: 'GET',
    path: '/oembed',
    summary: 'oEmbed 1.0 for the watch pages of public videos',
    tag: 'Playback',
    needs: 'public',
    rate: 'none',
    input: { query: z.object({ url: z.string().max(2000), format: z.enum(['json', 'xml']).default('json'), maxwidth: pixels, maxheight: pixels }) },
    output: {
      status: 200,
      body: z.object({
        version: z.literal('1.0'),
        type: z.literal('video'),
        title: z.string(),
        provider_name: z.string(),
        provider_url: z.string(),
        cache_age: size,
        html: z.string(),
        width: size,
        height: size,
        thumbnail_url: z.string().optional(),
        thumbnail_width: size.optional(),
        thumbnail_height: size.optional(),
      }),
    },
    async run({ deps, query }) {
      if (query.format === 'xml') throw new Fault('not_implemented', 'Only JSON is offered.', { reason: 'format_not_offered' })
      const { publicUrl } = deps.config
      const grant = await openGrant(deps, tokenOf(publicUrl, query.url))
      if (grant.minted) throw new Fault('unauthenticated', 'This link is for its viewer alone.', { reason: 'token_required' })
      const watchUrl = `${publicUrl}/watch/${grant.token}`
      const { width, height } = fitted(shapeOf(grant), Math.min(query.maxwidth ?? DEFAULT_WIDTH, MAX_PIXELS), Math.min(query.maxheight ?? MAX_PIXELS, MAX_PIXELS))
      return {
        version: '1.0',
        type: 'video',
        title: grant.video.title,
        provider_name: 'Avocet',
        provider_url: publicUrl,
        cache_age: CACHE_SECONDS,
        html: embedHtml(watchUrl, { width, height }),
        width,
        height,
        ...thumbnailOf(publicUrl, grant),
      }
    },
  }),
]

/** The token in the address of one of our watch pages; '' for any other address, and such a token is not found. */
function tokenOf(publicUrl: string, address: string): string {
  const url = URL.parse(address)
  return url?.origin === publicUrl ? (/^\/watch\/([^/]+)\/?$/.exec(url.pathname)?.[1] ?? '') : ''
}

const shapeOf = ({ encode }: EmbedGrant) => encode?.plan?.video[0] ?? { width: 16, height: 9 }

function thumbnailOf(publicUrl: string, grant: EmbedGrant) {
  const poster = shownPoster(grant)
  return poster ? { thumbnail_url: `${publicUrl}/api/v1/embed/${grant.token}/poster.jpg`, thumbnail_width: poster.widthPx, thumbnail_height: poster.heightPx } : {}
}
