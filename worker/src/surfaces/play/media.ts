import { LIVE_IMAGE_FILE, LOGO_FILE, liveImageKey, logoKey } from '@avocet/shared/objectKeys'
import { z } from 'zod'
import { playbackClaims } from '../../domain/playback/claims.ts'
import { openMedia, sessionMediaKey } from '../../domain/playback/mediaAccess.ts'
import { route } from '../../http/route.ts'
import { serveObject } from '../../http/serveObject.ts'
import { playbackToken } from './params.ts'

const about = { method: 'GET', tag: 'Playback', needs: 'public', rate: 'none' } as const
const file = { rendition: z.string().max(20), file: z.string().max(40) }
const MP4 = { contentType: 'video/mp4' }

const IMAGE_TYPES: Record<string, string> = { png: 'image/png', jpg: 'image/jpeg', webp: 'image/webp' }
const IMMUTABLE = 'public, max-age=31536000, immutable'

/** Unencrypted segments are anyone's until the video is made private: caches forget them within five minutes. */
const WHILE_PUBLIC = 'public, max-age=300, stale-if-error=0'

export const mediaRoutes = [
  route({
    ...about,
    path: '/m/logos/:file',
    summary: 'A logo uploaded to a preset: immutable, as each upload has an address of its own',
    input: { params: z.object({ file: z.string().regex(LOGO_FILE) }) },
    output: { status: 200, type: 'image/png' },
    async run({ deps, params, request }) {
      const contentType = IMAGE_TYPES[params.file.split('.').at(-1) ?? ''] ?? 'image/png'
      return serveObject(deps.objects, logoKey(params.file), request, { contentType, cacheControl: IMMUTABLE })
    },
  }),
  route({
    ...about,
    path: '/m/live/:file',
    summary: 'A thumbnail uploaded to a live stream: immutable, as logos are',
    input: { params: z.object({ file: z.string().regex(LIVE_IMAGE_FILE) }) },
    output: { status: 200, type: 'image/jpeg' },
    async run({ deps, params, request }) {
      const contentType = IMAGE_TYPES[params.file.split('.').at(-1) ?? ''] ?? 'image/jpeg'
      return serveObject(deps.objects, liveImageKey(params.file), request, { contentType, cacheControl: IMMUTABLE })
    },
  }),
  route({
    ...about,
    path: '/m/:encode/:rendition/:file',
    summary: 'A segment of an encrypted encode, or of one that a public video plays: no token, shared by all viewers',
    input: { params: z.object({ encode: z.string().max(40), ...file }) },
    output: { status: 200, type: 'video/mp4' },
    async run({ deps, params, request }) {
      const { key, forever } = await openMedia(deps, params.encode, `${params.rendition}/${params.file}`)
      return serveObject(deps.objects, key, request, { ...MP4, cacheControl: forever ? IMMUTABLE : WHILE_PUBLIC })
    },
  }),
  route({
    ...about,
    path: '/p/:token/m/:rendition/:file',
    summary: "A segment of the session's encode",
    input: { params: z.object({ token: playbackToken, ...file }) },
    output: { status: 200, type: 'video/mp4' },
    async run({ deps, params, request }) {
      const key = sessionMediaKey(await playbackClaims(deps, params.token), `${params.rendition}/${params.file}`)
      return serveObject(deps.objects, key, request, { ...MP4, cacheControl: 'private, max-age=3600' })
    },
  }),
]
