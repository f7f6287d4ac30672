/** Segments as Cloudflare may keep them: the `Media` entrypoint stands behind Workers Cache, so a segment that is there never wakes the Worker. */
import { WorkerEntrypoint } from 'cloudflare:workers'
import { app } from './app.ts'
import type { Env } from './env.ts'

/** What it answers says itself how long it may be kept: segments for ever, refusals not at all (http/surface.ts). */
export class Media extends WorkerEntrypoint<Env> {
  override fetch(request: Request): Promise<Response> {
    return Promise.resolve(app.fetch(request, this.env, this.ctx))
  }
}

interface Loopback {
  exports?: { Media?: { fetch(request: Request): Promise<Response> } }
}

/**
 * The answer to a segment's address from behind the cache; null for every other request, and where there is no cache.
 * Only `/m/` goes there: its addresses hold no credential. A query, which means nothing to them, does not make another entry.
 */
export function fromCache(request: Request, env: Env, ctx: unknown): Promise<Response> | null {
  const media = (ctx as Loopback).exports?.Media
  if (env.EDGE_CACHE !== 'workers-cache' || !media || !request.url.includes('/m/')) return null
  const url = new URL(request.url)
  if (!url.pathname.startsWith('/m/') || (request.method !== 'GET' && request.method !== 'HEAD')) return null
  url.search = ''
  return media.fetch(new Request(url, { method: request.method, headers: request.headers }))
}
