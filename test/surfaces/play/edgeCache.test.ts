/** Segments through the entrypoint that Cloudflare caches; the cache itself does not exist here. */
import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, expect, test } from 'vitest'
import type { Env } from '../../../worker/src/env.ts'
import { fromCache } from '../../../worker/src/media.ts'
import { encoded } from '../../support/fleet.ts'
import { deps, ORIGIN, tenant } from '../../support/site.ts'

const cached = { ...(env as unknown as Env), EDGE_CACHE: 'workers-cache' }
const ctx = createExecutionContext()
let segment: string

beforeAll(async () => {
  const { encodeId } = await encoded(await tenant(), true)
  segment = `/m/${encodeId}/v360/0-1-0.m4s`
  await deps.objects.put(segment.replace('/m/', 'vod/'), new Uint8Array([1, 2, 3, 4]), 4, 'video/mp4')
})
const ask = (path: string, init?: RequestInit) => fromCache(new Request(ORIGIN + path, init), cached, ctx)

test('the cached entrypoint answers a segment whole and for ever, a range and a HEAD of it, whatever query comes with it', async () => {
  const whole = await ask(`${segment}?noise=1`)
  expect([whole?.status, whole?.headers.get('Cache-Control'), whole?.headers.get('Set-Cookie')]).toEqual([200, 'public, max-age=31536000, immutable', null])
  expect([...new Uint8Array((await whole?.arrayBuffer()) ?? new ArrayBuffer())]).toEqual([1, 2, 3, 4])
  const range = await ask(segment, { headers: { Range: 'bytes=1-2' } })
  expect([range?.status, range?.headers.get('Content-Range')]).toEqual([206, 'bytes 1-2/4'])
  expect((await ask(segment, { method: 'HEAD' }))?.headers.get('Content-Length')).toBe('4')
})

test('what it refuses may not be kept', async () => {
  for (const path of ['/m/enc_none/v360/0-1-0.m4s', `${segment}x`, '/m/']) {
    const refused = await ask(path)
    expect([path, refused?.status, refused?.headers.get('Cache-Control')]).toEqual([path, 404, 'no-store'])
  }
})

test('nothing with a credential in its address goes there, nor anything where there is no cache', () => {
  for (const path of ['/p/token/m/v360/0-1-0.m4s', '/p/token/key/0', '/watch/m/x', '/api/v1/videos?x=/m/']) expect([path, ask(path)]).toEqual([path, null])
  expect(ask(segment, { method: 'POST' })).toBe(null)
  expect(fromCache(new Request(ORIGIN + segment), { ...cached, EDGE_CACHE: 'none' }, ctx)).toBe(null)
  expect(fromCache(new Request(ORIGIN + segment), cached, {})).toBe(null)
})
