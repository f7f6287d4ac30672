import { Fault, missing } from '@avocet/shared/fault'
import { liveImageKey } from '@avocet/shared/objectKeys'
import { z } from 'zod'
import { admitToLive, type LiveAdmission } from '../../domain/live/admitToLive.ts'
import { acceptLiveInvitation } from '../../domain/live/liveInvitation.ts'
import type { LiveStream } from '../../domain/live/liveStream.ts'
import type { Deps } from '../../domain/ports.ts'
import { deniedPage } from '../../http/deniedPage.ts'
import { html, htmlAnswer } from '../../http/page.ts'
import { route } from '../../http/route.ts'
import { serveObject } from '../../http/serveObject.ts'
import { idParam, parseId } from './codec.ts'

/** What viewers' browsers fetch of live streams (contract section 13). `/live` stands for the dialect's host of them; nothing is broadcast yet. */
const about = { method: 'GET', tag: 'Delivery', needs: 'public', rate: 'none' } as const
const secret = z.string().max(2000)
const liveStreamId = idParam('liveStream', 'li')
const query = z.object({ token: secret.optional(), avh: secret.optional() })
const M3U8 = '.m3u8'

export const liveDeliveryRoutes = [
  route({
    ...about,
    path: '/live/:name',
    summary: 'The page of a live stream; under its name with .m3u8 its playlist, which is there while it is broadcast',
    input: { params: z.object({ name: z.string().max(60) }), query },
    output: { status: 200, type: 'text/html' },
    async run({ deps, params, query, requestId }) {
      if (params.name.endsWith(M3U8)) return notBroadcast()
      try {
        const id = parseId('liveStream', 'li', params.name) ?? missing('live stream')
        return page(params.name, await admitToLive(deps, id, { invitation: query.token, pass: query.avh }))
      } catch (error) {
        return deniedPage(error, requestId)
      }
    },
  }),
  route({
    ...about,
    path: '/live/:liveStreamId/thumbnail.jpg',
    summary: 'The thumbnail of a live stream; a private one’s with its session',
    input: { params: z.object({ liveStreamId }), query },
    output: { status: 200, type: 'image/jpeg' },
    run: ({ deps, params, query, request }) => thumbnail(deps, params.liveStreamId, { pass: query.avh }, request),
  }),
  route({
    ...about,
    path: '/live/private/:token/:name',
    summary: 'The playlist of a private live stream, which is there while it is broadcast',
    input: { params: z.object({ token: secret, name: z.string().max(60) }), query },
    output: { status: 200, type: 'application/vnd.apple.mpegurl' },
    run: async () => notBroadcast(),
  }),
  route({
    ...about,
    path: '/live/private/:token/:liveStreamId/thumbnail.jpg',
    summary: 'The thumbnail of a private live stream',
    input: { params: z.object({ token: secret, liveStreamId }), query },
    output: { status: 200, type: 'image/jpeg' },
    run: ({ deps, params, query, request }) => thumbnail(deps, params.liveStreamId, { invitation: params.token, pass: query.avh }, request),
  }),
  route({
    ...about,
    path: '/live/private/:token/:liveStreamId/session',
    summary: 'Exchange the token of a private live stream for a session of a day, sent as avh with everything that follows',
    input: { params: z.object({ token: secret, liveStreamId }) },
    output: { status: 200, body: z.object({ session_token: z.string() }) },
    run: async ({ deps, params }) => ({ session_token: await acceptLiveInvitation(deps, params.liveStreamId, params.token) }),
  }),
]

function notBroadcast(): never {
  throw new Fault('not_found', 'Nothing is broadcast here now.', { reason: 'live_not_broadcast' })
}

async function thumbnail(deps: Deps, id: string, admission: LiveAdmission, request: Request): Promise<Response> {
  const { stream } = await admitToLive(deps, id, admission)
  const image = stream.thumbnail ?? missing('image')
  const cacheControl = `${stream.visibility === 'public' ? 'public' : 'private'}, max-age=60`
  return serveObject(deps.objects, liveImageKey(image.file), request, { contentType: image.type, cacheControl })
}

function page(name: string, { stream, pass }: { stream: LiveStream; pass: string | null }): Response {
  const image = stream.thumbnail ? html`<img src="/live/${name}/thumbnail.jpg${pass ? `?avh=${pass}` : ''}" alt="">` : ''
  const head = html`<style>
body{margin:0;height:100vh;display:grid;place-items:center;overflow:hidden;background:#000;color:#eee;font:16px/1.5 system-ui,sans-serif}
img{position:fixed;inset:0;width:100%;height:100%;object-fit:contain}
main{position:relative;padding:.75rem 1.5rem;border-radius:.5rem;background:rgb(20 20 24 / 85%);text-align:center}
p{margin:0}
</style>`
  const body = html`${image}
<main role="status"><strong>${stream.name}</strong><p>The broadcast has not begun.</p></main>`
  return htmlAnswer({ title: stream.name, head, body }, ["default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"])
}
