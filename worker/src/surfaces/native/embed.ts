import { SIGNED_TOKEN_MAX_LENGTH } from '@avocet/shared/embed'
import { missing } from '@avocet/shared/fault'
import { z } from 'zod'
import { openGrant } from '../../domain/playback/grant.ts'
import { shownPoster } from '../../domain/videos/shownPoster.ts'
import { embedHtml } from '../../http/embedHtml.ts'
import { route } from '../../http/route.ts'
import { serveObject } from '../../http/serveObject.ts'

const params = z.object({ token: z.string().max(SIGNED_TOKEN_MAX_LENGTH) })
const about = { method: 'GET', tag: 'Embed', needs: 'public', rate: 'none', input: { params } } as const

export const embedRoutes = [
  route({
    ...about,
    path: '/embed/:token',
    summary: 'Public facts of an embed token; no credential, any origin',
    output: {
      status: 200,
      body: z.object({
        title: z.string(),
        description: z.string(),
        status: z.enum(['processing', 'ready', 'failed']),
        playable: z.boolean(),
        duration: z.number().nullable(),
        width: z.number().int().nullable(),
        height: z.number().int().nullable(),
        poster_url: z.string().nullable(),
        watch_url: z.string(),
        embed_html: z.string(),
      }),
    },
    async run({ deps, params }) {
      const grant = await openGrant(deps, params.token)
      const { video, asset, encode } = grant
      const watchUrl = `${deps.config.publicUrl}/watch/${params.token}`
      const top = encode?.plan?.video[0]
      return {
        title: video.title,
        description: video.description,
        status: video.status,
        playable: asset.currentEncodeId !== null,
        duration: encode?.plan?.durationSeconds ?? null,
        width: top?.width ?? null,
        height: top?.height ?? null,
        poster_url: shownPoster(grant) ? `${deps.config.publicUrl}/api/v1/embed/${params.token}/poster.jpg` : null,
        watch_url: watchUrl,
        embed_html: embedHtml(watchUrl),
      }
    },
  }),
  route({
    ...about,
    path: '/embed/:token/poster.jpg',
    summary: 'The poster behind an embed token',
    output: { status: 200, type: 'image/jpeg' },
    async run({ deps, params, request }) {
      const poster = shownPoster(await openGrant(deps, params.token, true)) ?? missing('poster')
      return serveObject(deps.objects, poster.key, request, { contentType: poster.type, cacheControl: 'public, max-age=300' })
    },
  }),
]
