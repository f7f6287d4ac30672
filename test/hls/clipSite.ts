/** Serves an encoded clip as the edge does: manifests written by the Worker's own functions from what is committed so far. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { encodePrefix } from '../../shared/src/objectKeys.ts'
import { dashOf, masterOf, mediaOf } from '../../worker/src/domain/playback/manifest.ts'
import type { EncodedClip } from './encodedClip.ts'

export interface ClipSite {
  master: URL
  mpd: URL | null
  /** Paths asked for, in order. */
  requests: string[]
  /** How many picture chunks are committed; all of them, and the encode is ready. Sound is whole from the start. */
  committed: number
  /** Served at `/`, and scripts below `/scripts/` by name. */
  page: string
  scripts: Map<string, Uint8Array>
  close(): void
}

/** Opens the site on a free loopback port. `type` is the session's, fixed for its life. */
export async function serveClip(clip: EncodedClip, type: 'EVENT' | 'VOD' = 'VOD'): Promise<ClipSite> {
  const base = clip.keys ? `/m/${clip.encodeId}` : 'm'
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://site').pathname
    site.requests.push(path)
    const [body, contentType] = answer(path) ?? [null, 'text/plain']
    response.writeHead(body === null ? 404 : 200, { 'Content-Type': contentType, 'Access-Control-Allow-Origin': '*', 'Cache-Control': 'no-store' }).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const site: ClipSite = {
    master: new URL('/p/token/master.m3u8', origin),
    mpd: clip.keys ? null : new URL('/p/token/manifest.mpd', origin),
    requests: [],
    committed: clip.plan.chunks.length,
    page: '',
    scripts: new Map(),
    close: () => void server.close(),
  }
  return site

  function presentation() {
    const growing = site.committed < clip.plan.chunks.length
    const chunks = clip.chunks.filter(({ stream, chunkIndex }) => !stream.startsWith('video') || chunkIndex < site.committed)
    return { plan: clip.plan, chunks, growing }
  }

  function answer(path: string): [body: string | Uint8Array, contentType: string] | null {
    const playlist = /^\/p\/token\/(\w+)\.m3u8$/.exec(path)?.[1]
    const key = /^\/p\/token\/key\/(\d+)$/.exec(path)?.[1]
    const file = /^(?:\/p\/token\/m|\/m\/\w+)\/(.+)$/.exec(path)?.[1]
    const script = /^\/scripts\/(.+)$/.exec(path)?.[1]
    if (path === '/') return [site.page, 'text/html']
    if (script) return of(site.scripts.get(script), 'text/javascript')
    if (path === '/p/token/manifest.mpd' && !clip.keys) return [dashOf(presentation(), base), 'application/dash+xml']
    if (playlist === 'master') return [masterOf(presentation()), 'application/vnd.apple.mpegurl']
    if (playlist) return of(mediaOf(presentation(), playlist, type, base, clip.keys !== null), 'application/vnd.apple.mpegurl')
    if (key) return of(clip.keys?.[Number(key)] && Buffer.from(clip.keys[Number(key)]!.hex, 'hex'), 'application/octet-stream')
    if (file) return of(clip.objects.get(encodePrefix(clip.encodeId) + file), 'video/mp4')
    return null
  }
}

const of = (body: string | Uint8Array | null | undefined, contentType: string): [string | Uint8Array, string] | null => (body === null || body === undefined ? null : [body, contentType])

