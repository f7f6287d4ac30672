import { missing } from '@avocet/shared/fault'
import { imageKey } from '@avocet/shared/objectKeys'
import { storyboardVtt } from '@avocet/shared/vtt'
import { z } from 'zod'
import { playbackClaims } from '../../domain/playback/claims.ts'
import { openGrant } from '../../domain/playback/grant.ts'
import type { Deps } from '../../domain/ports.ts'
import type { EmbedGrant } from '../../domain/rights.ts'
import { shownPoster } from '../../domain/videos/shownPoster.ts'
import { route } from '../../http/route.ts'
import { serveObject } from '../../http/serveObject.ts'
import { playbackToken as token } from './params.ts'

const about = { method: 'GET', tag: 'Playback', needs: 'public', rate: 'none' } as const
const VTT = { contentType: 'text/vtt; charset=utf-8', cacheControl: 'private, max-age=60' }
const JPEG = { contentType: 'image/jpeg', cacheControl: 'private, max-age=3600' }

/** The grant behind a playback token, at most 5 s old. */
async function grantOf(deps: Deps, playbackToken: string): Promise<EmbedGrant> {
  return openGrant(deps, (await playbackClaims(deps, playbackToken)).emb, true)
}

function imagesOf({ encode }: EmbedGrant) {
  return encode?.images ? { encode, images: encode.images } : missing('image')
}

export const imageRoutes = [
  route({
    ...about,
    path: '/p/:token/poster.jpg',
    summary: 'The poster',
    input: { params: z.object({ token }) },
    output: { status: 200, type: 'image/jpeg' },
    async run({ deps, params, request }) {
      const poster = shownPoster(await grantOf(deps, params.token)) ?? missing('image')
      return serveObject(deps.objects, poster.key, request, { ...JPEG, contentType: poster.type })
    },
  }),
  route({
    ...about,
    path: '/p/:token/:sheet{storyboard-[0-9]{1,4}\\.jpg}',
    summary: 'One sheet of the storyboard',
    input: { params: z.object({ token, sheet: z.string() }) },
    output: { status: 200, type: 'image/jpeg' },
    async run({ deps, params, request }) {
      const { encode, images } = imagesOf(await grantOf(deps, params.token))
      return serveObject(deps.objects, imageKey(encode.id, images.epoch, params.sheet), request, JPEG)
    },
  }),
  route({
    ...about,
    path: '/p/:token/storyboard.vtt',
    summary: 'The storyboard as a thumbnails track',
    input: { params: z.object({ token }) },
    output: { status: 200, type: 'text/vtt' },
    async run({ deps, params }) {
      const { encode, images } = imagesOf(await grantOf(deps, params.token))
      const storyboard = images.storyboard ?? missing('image')
      const text = storyboardVtt(storyboard, encode.plan?.durationSeconds ?? 0, (sheet) => `storyboard-${sheet}.jpg`)
      return new Response(text, { headers: { 'Content-Type': VTT.contentType, 'Cache-Control': VTT.cacheControl } })
    },
  }),
  route({
    ...about,
    path: '/p/:token/tracks/:track{trk_[0-9a-z]{26}\\.vtt}',
    summary: 'A caption track as WebVTT',
    input: { params: z.object({ token, track: z.string() }) },
    output: { status: 200, type: 'text/vtt' },
    async run({ deps, params, request }) {
      const track = (await grantOf(deps, params.token)).tracks.find(({ id }) => `${id}.vtt` === params.track) ?? missing('track')
      return serveObject(deps.objects, track.objectKey, request, VTT)
    },
  }),
]
