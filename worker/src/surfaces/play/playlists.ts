import { z } from 'zod'
import { playbackClaims } from '../../domain/playback/claims.ts'
import { writeDash, writeMaster, writeMedia } from '../../domain/playback/playlists.ts'
import { releaseKey } from '../../domain/playback/releaseKey.ts'
import { route } from '../../http/route.ts'
import { playbackToken as token } from './params.ts'

const about = { method: 'GET', tag: 'Playback', needs: 'public', rate: 'none' } as const
const M3U8 = 'application/vnd.apple.mpegurl'
const MPD = 'application/dash+xml'

const manifest = (text: string, type: string) => new Response(text, { headers: { 'Content-Type': type, 'Cache-Control': 'no-store' } })

export const playlistRoutes = [
  route({
    ...about,
    path: '/p/:token/master.m3u8',
    summary: 'The multivariant playlist of a session',
    input: { params: z.object({ token }) },
    output: { status: 200, type: M3U8 },
    run: async ({ deps, params }) => manifest(await writeMaster(deps, await playbackClaims(deps, params.token)), M3U8),
  }),
  route({
    ...about,
    path: '/p/:token/:name{[av][0-9]+[ha]?\\.m3u8}',
    summary: 'The media playlist of one rendition',
    input: { params: z.object({ token, name: z.string() }) },
    output: { status: 200, type: M3U8 },
    run: async ({ deps, params }) => manifest(await writeMedia(deps, await playbackClaims(deps, params.token), params.name.replace('.m3u8', '')), M3U8),
  }),
  route({
    ...about,
    path: '/p/:token/manifest.mpd',
    summary: 'The DASH manifest of a session, for videos encoded without encryption',
    input: { params: z.object({ token }) },
    output: { status: 200, type: MPD },
    run: async ({ deps, params }) => manifest(await writeDash(deps, await playbackClaims(deps, params.token)), MPD),
  }),
  route({
    ...about,
    path: '/p/:token/key/:index{[0-9]{1,5}}',
    summary: 'The content key of one minute; here a withdrawn right ends playback',
    input: { params: z.object({ token, index: z.coerce.number().int() }) },
    output: { status: 200, type: 'application/octet-stream' },
    async run({ deps, params, clientIp, country }) {
      const key = await releaseKey(deps, await playbackClaims(deps, params.token), params.index, { ip: clientIp, country })
      return new Response(key, { headers: { 'Content-Type': 'application/octet-stream', 'Cache-Control': 'no-store' } })
    },
  }),
]
