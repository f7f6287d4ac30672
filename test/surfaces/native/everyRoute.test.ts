/** What holds of every native route, asked of the route values themselves: a new route is asked the same on the day it is written. */
import { beforeAll, expect, test } from 'vitest'
import { freshEncode } from '../../../worker/src/domain/encodes/encode.ts'
import type { VideoId } from '../../../shared/src/ids.ts'
import { SCOPES } from '../../../worker/src/domain/actor.ts'
import type { Import } from '../../../worker/src/domain/imports/import.ts'
import type { Route } from '../../../worker/src/http/route.ts'
import { native } from '../../../worker/src/surfaces/native/index.ts'
import { reporter, session, tell } from '../../support/audience.ts'
import { encoded } from '../../support/fleet.ts'
import { call, deps, post, type Tenant, tenant, videoOf } from '../../support/site.ts'

const named = (routes: readonly Route[]) => routes.map((route) => [`${route.method} ${route.path}`, route] as const)
/** What the operator alone may is asked in tests of its own. */
const all = named(native.routes.filter(({ needs }) => needs !== 'operator'))
const secured = all.filter(([, { needs }]) => needs !== 'public')
const scoped = secured.filter(([, { needs }]) => needs.includes(':'))
const paths = [...new Set(native.routes.map(({ path }) => path))]

const VTT = 'WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n'
let owner: Tenant
let stranger: Tenant
/** The owner's things, by the parameter that names them. */
let ids: Record<string, string>

beforeAll(async () => {
  owner = await tenant()
  stranger = await tenant()
  const video = await videoOf(owner, { status: 'ready' })
  const encode = freshEncode(deps, { id: video.assetId, accountId: owner.accountId })
  await deps.commit([deps.encodes.add({ ...encode, state: 'ready', readyAt: deps.now() })])
  await deps.commit([deps.imports.add(importInto(video.id))])
  const made = async (answer: Promise<Response>) => (await (await answer).json<{ id: string; upload_id: string }>())
  const with_ = { key: owner.key }
  ids = {
    '/videos/:id': video.id,
    '/videos/:id/encodes/:encode': encode.id,
    '/videos/:id/encodes/:encode/chunks/:index': '0',
    '/videos/:id/subtitles/:track': (await made(call(`/api/v1/videos/${video.id}/subtitles?language=en`, { ...with_, method: 'POST', body: VTT }))).id,
    '/presets/:id': (await made(post('/api/v1/presets', { name: 'Brand' }, with_))).id,
    '/live-streams/:id': (await made(post('/api/v1/live-streams', { name: 'Service' }, with_))).id,
    '/accounts/:id': owner.accountId,
    '/api-keys/:id': (await made(post('/api/v1/api-keys', { name: 'ci', scopes: ['videos:read'] }, with_))).id,
    '/embed-tokens/:id': (await made(post('/api/v1/embed-token', { video_id: video.id }, with_))).id,
    '/signing-keys/:id': (await made(post('/api/v1/signing-keys', { name: 'lms' }, with_))).id,
    '/upload-tokens/:id': (await made(post('/api/v1/upload-tokens', {}, with_))).id,
    '/upload/:id': (await made(post('/api/v1/upload/init', { filename: 'a.mp4', size: 10 }, with_))).upload_id,
    '/embed/:token': video.embedToken,
    '/videos/:id/sessions/:session': await viewed(video.id),
    ...(await sampleWebhook()),
  }
})

/** A viewing of the video. */
async function viewed(videoId: VideoId): Promise<string> {
  const one = session(Date.now() - 60_000)
  await tell(reporter(await encoded(owner, true))(videoId, one, {}, { at: Date.now() }))
  return one
}

/** An import that was cancelled. */
function importInto(videoId: VideoId): Import {
  const [id, now] = [deps.newId('import'), deps.now()]
  const asked = { id, accountId: owner.accountId, videoId, uploadId: null, sealedUrl: '', host: 'files.acme.dev', validator: null, ranges: false }
  return { ...asked, state: 'cancelled', tries: 0, nextAttemptAt: now, errorReason: null, errorMessage: null, createdAt: now, endedAt: now, version: 1 }
}

/** A webhook, and a delivery to it. */
async function sampleWebhook(): Promise<Record<string, string>> {
  const { id } = await (await post('/api/v1/webhooks', { url: 'https://hooks.acme.dev/' }, { key: owner.key })).json<{ id: string }>()
  const { event_id: event } = await (await call(`/api/v1/webhooks/${id}/test`, { method: 'POST', key: owner.key })).json<{ event_id: string }>()
  return { '/webhooks/:id': id, '/webhooks/:id/deliveries/:event': event }
}

/** A route's address with the owner's ids in it, or with `other` in the place of the last one. */
function addressOf(route: Route, other?: (id: string) => string): string {
  const spots = [...route.path.matchAll(/:\w+/g)]
  let address = route.path
  for (const [at, spot] of spots.entries()) {
    const prefix = route.path.slice(0, spot.index + spot[0].length)
    const id = ids[prefix]
    if (id === undefined) throw new Error(`This test has no sample for ${prefix}.`)
    address = address.replace(spot[0], other && at === spots.length - 1 ? other(id) : id)
  }
  return `/api/v1${address}`
}

/** Bodies that pass, where an empty one does not, and what a route needs beside a body. */
const BODIES: Record<string, () => unknown> = {
  'POST /videos/import': () => ({ url: 'https://files.acme.dev/a.mp4' }),
  'POST /videos': () => ({ title: 'x' }),
  'POST /upload/init': () => ({ filename: 'a.mp4', size: 10 }),
  'POST /upload/complete': () => ({ upload_id: ids['/upload/:id'] }),
  'POST /embed-token': () => ({ video_id: ids['/videos/:id'] }),
  'POST /embed-tokens/revoke': () => ({ embed_token: 'a.b.c' }),
  'POST /viewers/revoke': () => ({ viewer_id: 'student-7' }),
  'POST /signing-keys': () => ({ name: 'x' }),
  'POST /presets': () => ({ name: 'x' }),
  'POST /live-streams': () => ({ name: 'x' }),
  'POST /webhooks': () => ({ url: 'https://hooks.acme.dev/' }),
  'POST /webhooks/:id/replay': () => ({ since: '2026-01-01T00:00:00Z' }),
  'POST /api-keys': () => ({ name: 'x', scopes: ['videos:read'] }),
}
const bodyOf = (route: Route) => (route.input?.body ? (BODIES[`${route.method} ${route.path}`]?.() ?? {}) : undefined)

function ask(route: Route, key: string | null, more: { address?: string; body?: unknown } = {}): Promise<Response> {
  const json = more.body ?? bodyOf(route)
  const streams = route.input?.streams !== undefined
  const address = more.address ?? addressOf(route)
  return call(route.path === '/videos/:id/subtitles' && streams ? `${address}?language=en` : address, {
    method: route.method,
    ...(key === null ? {} : { key }),
    headers: streams ? { 'X-Upload-ID': ids['/upload/:id']!, 'X-Chunk-Index': '0' } : {},
    ...(json !== undefined ? { body: JSON.stringify(json) } : streams ? { body: VTT } : {}),
  })
}
const refusal = async (answer: Response) => [answer.status, (await answer.json<{ code: string }>()).code]

test.each(secured)('%s answers nobody without a credential', async (_, route) => {
  const answer = await ask(route, null)
  expect(answer.headers.get('Cache-Control')).toBe('no-store')
  // What an upload token opens other origins may ask: no cookie is a credential here.
  expect(answer.headers.get('Access-Control-Allow-Origin')).toBe(route.byUploadToken ? '*' : null)
  expect(answer.headers.get('X-Request-Id')).toMatch(/^[\w-]{8,64}$/)
  expect(await refusal(answer)).toEqual([401, 'credentials_required'])
})

test.each(scoped)('%s refuses a key that has every scope but its own', async (_, route) => {
  const { key } = await tenant({ scopes: SCOPES.filter((scope) => scope !== route.needs) })
  expect(await refusal(await ask(route, key))).toEqual([403, 'insufficient_scope'])
})

/** A01: the id stands in the path, in the body or in a header. */
const ownIds = secured.filter(([name, { path }]) => path.includes(':') || ['POST /embed-token', 'POST /upload/complete', 'POST /upload/chunk'].includes(name))
test.each(ownIds)('%s says the same of another tenant’s thing as of one that never was', async (name, route) => {
  // One of them for each route: all of them together ask more than an account may in a minute.
  const { key } = await tenant()
  const answer = await ask(route, key)
  expect(answer.status).toBe(404)
  const { request_id: _, ...said } = await answer.json<Record<string, unknown>>()
  const gone = (id: string) => /^\d+$/.test(id) ? id : deps.newId('video').replace('vid_', `${id.slice(0, 4)}`)
  const never = await ask(route, key, {
    ...(route.path.includes(':') ? { address: addressOf(route, gone) } : {}),
    ...(name === 'POST /embed-token' ? { body: { video_id: gone('vid_') } } : {}),
    ...(name === 'POST /upload/complete' ? { body: { upload_id: gone('upl_') } } : {}),
  })
  const { request_id: __, ...saidOfNone } = await never.json<Record<string, unknown>>()
  expect([never.status, saidOfNone]).toEqual([404, said])
})

test('nothing of the owner’s changed by what strangers asked', async () => {
  expect(await deps.videos.find(owner.accountId, ids['/videos/:id']!)).toMatchObject({ title: 'A clip', deletedAt: null, version: 1 })
  expect(await deps.tracks.listByVideo(owner.accountId, ids['/videos/:id']!)).toHaveLength(1)
  expect(await deps.presets.find(owner.accountId, ids['/presets/:id']!)).toMatchObject({ name: 'Brand', version: 1 })
  expect(await deps.embedTokens.find(owner.accountId, ids['/embed-tokens/:id']!)).toMatchObject({ revokedAt: null })
  expect(await deps.apiKeys.find(owner.accountId, ids['/api-keys/:id']!)).toMatchObject({ revokedAt: null })
  expect(await deps.uploads.find(owner.accountId, ids['/upload/:id']!)).toMatchObject({ state: 'open' })
})

test.each(all.filter(([, { input }]) => input?.body))('A03: %s refuses a field it does not know, and prototypes', async (_, route) => {
  const body = bodyOf(route) as object
  const answer = await ask(route, owner.key, { body: { ...body, account_id: stranger.accountId, version: 9 } })
  expect(answer.status).toBe(400)
  const { code, errors } = await answer.json<{ code: string; errors: { path: string }[] }>()
  expect([code, errors.map(({ path }) => path).sort()]).toEqual(['unknown_field', ['account_id', 'version']])
  for (const text of ['null', '[]', '"x"', '{', '\ufeff{}', '{"__proto__":{"polluted":1}}', '{"constructor":{"prototype":{"polluted":1}}}']) {
    const refused = await call(addressOf(route), { method: route.method, key: (await tenant()).key, body: text })
    expect([text, refused.status]).toEqual([text, 400])
  }
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
})

test.each(secured.filter(([, { input }]) => input?.query))('A02, A35: %s takes no smuggled or absurd query', async (_, route) => {
  for (const query of [`account_id=${stranger.accountId}`, '__proto__=1', ...('page' in (shapeOf(route) ?? {}) ? ['page=0', 'page=1e9', 'per_page=1000000', 'per_page=x'] : [])]) {
    const answer = await call(`${addressOf(route)}?${query}`, { method: route.method, key: owner.key, ...(route.method === 'GET' ? {} : { body: 'x' }) })
    expect([query, answer.status]).toEqual([query, 400])
  }
})
const shapeOf = (route: Route) => (route.input?.query as { shape?: object } | undefined)?.shape

test.each(paths)('A33: %s knows its methods and refuses the rest', async (path) => {
  const routes = native.routes.filter((route) => route.path === path)
  const known = routes.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND'].filter((one) => !known.includes(one))) {
    const answer = await call(addressOf(routes[0]!), { method, key: owner.key })
    expect([method, answer.status, answer.headers.get('Allow')]).toEqual([method, 405, known.join(', ')])
  }
})

const readable = all.filter(([name, { method, output }]) => method === 'GET' && output.body && name !== 'GET /embed/:token/poster.jpg')
test.each(readable)('A04, A33: %s answers its owner exactly what it declares, and HEAD the same without a body', async (_, route) => {
  const answer = await ask(route, route.needs === 'public' ? null : owner.key)
  const said = await answer.json()
  expect(answer.status).toBe(route.output.status)
  expect(route.output.body?.parse(said)).toEqual(said)
  expect(JSON.stringify(said)).not.toMatch(/objectKey|keyHash|key_hash|avc_[0-9a-f]{64}|"src\//)
  const head = await call(addressOf(route), { method: 'HEAD', ...(route.needs === 'public' ? {} : { key: owner.key }) })
  const plain = (headers: Headers) => [...headers.keys()].filter((name) => !/^(x-request-id|x?-?ratelimit.*|content-length)$/.test(name)).sort()
  expect([head.status, plain(head.headers), await head.text()]).toEqual([answer.status, plain(answer.headers), ''])
})

test.each(all.filter(([, { path }]) => path.includes(':')))('A25: %s finds nothing under ids that are none', async (_, route) => {
  for (const id of ['x', '..%2f..%2fetc', '%00', 'vid_', "vid_' OR 1=1--", 'x'.repeat(3000), '__proto__', '%F0%9F%98%80']) {
    const answer = await ask(route, route.needs === 'public' ? null : (await tenant()).key, { address: addressOf(route, () => id) })
    expect([id, answer.status]).toEqual([id, 404])
  }
})
