/** Every refusal that the contract names (section 2, "Errors"), as raw HTTP: its status, type and name, typed exactly, readable by any origin. Parts of files: contentRanges.test.ts; second sources: origins.test.ts; too many webhooks: webhooks.test.ts. */
import { beforeAll, expect, test } from 'vitest'
import { Fault } from '../../../shared/src/fault.ts'
import { answerFault } from '../../../worker/src/surfaces/apivideo/faults.ts'
import { call, deps, post, type Tenant, tenant } from '../../support/site.ts'
import { api, basic, container, delegated, upload } from './client.ts'

const DOCS = 'https://docs.api.video/reference/'
const BYTES = new Uint8Array(1000).map((_, at) => at & 255)
const text = (words: string) => new Uint8Array(new TextEncoder().encode(words))
let mine: Tenant
let videoId: string
beforeAll(async () => {
  mine = await tenant()
  videoId = await container(mine)
})

const as = (Authorization: string) => call('/videos', { headers: { Authorization } })
const nobody = (prefix: string, kind: 'video' | 'preset' | 'liveStream' | 'webhook') => prefix + deps.newId(kind).split('_')[1]
const raw = (path: string, body: string, headers: Record<string, string> = {}) => call(path, { method: 'POST', headers: { ...basic(mine), ...headers }, body })
function form(path: string, ...files: Uint8Array<ArrayBuffer>[]): Promise<Response> {
  const body = new FormData()
  for (const [at, bytes] of files.entries()) body.append(`file${at}`, new File([bytes], 'file', { type: 'application/octet-stream' }))
  return call(path, { method: 'POST', headers: basic(mine), body })
}
async function expired(): Promise<string> {
  const { token } = await (await api(mine, 'POST', '/upload-tokens', { ttl: 1 })).json<{ token: string }>()
  await expect.poll(async () => (await api(mine, 'GET', '/upload-tokens')).json<{ data: { token: string }[] }>().then(({ data }) => data.length), { timeout: 30_000, interval: 500 }).toBe(0)
  return token
}

const CASES: [string, number, string, string | undefined, () => Promise<Response>][] = [
  ['no credential', 401, 'authentication-missing-authorization-header', undefined, () => call('/videos')],
  ['a scheme that is none', 401, 'authentication-invalid-authorization-header-value', undefined, () => as('Digest abc')],
  ['an unknown key', 401, 'authentication-invalid-api-key', undefined, () => as(`Basic ${btoa(`avc_${'0'.repeat(64)}:`)}`)],
  ['an unknown key at the exchange', 401, 'authentication-invalid-api-key', undefined, () => post('/auth/api-key', { apiKey: `avc_${'0'.repeat(64)}` })],
  ['an access token that is none', 401, 'authentication-invalid-access-token', undefined, () => as('Bearer a.b.c')],
  ['a refresh token that is none', 401, 'authentication-invalid-refresh-token', undefined, () => post('/auth/refresh', { refreshToken: 'a.b.c' })],
  ['an upload without a token', 401, 'authentication-missing-upload-token', undefined, () => call('/upload', { method: 'POST' })],
  ['an upload by an unknown token', 401, 'authentication-invalid-upload-token', undefined, () => delegated(`to${'0'.repeat(32)}`, BYTES)],
  ['an upload by an expired token', 401, 'authentication-invalid-upload-token', undefined, async () => delegated(await expired(), BYTES)],
  ['a member left out', 400, 'attribute-required', 'title', () => api(mine, 'POST', '/videos', {})],
  ['a member of another kind', 400, 'invalid-attribute', 'tags', () => api(mine, 'PATCH', `/videos/${videoId}`, { tags: 'x' })],
  ['a player that is none', 400, 'invalid-attribute', 'playerId', () => api(mine, 'POST', '/videos', { title: 'x', playerId: 'plnone' })],
  ['a timecode that is none', 400, 'invalid-attribute', 'timecode', () => api(mine, 'PATCH', `/videos/${videoId}/thumbnail`, { timecode: 'noon' })],
  ['a member inside a list', 400, 'attribute-required', 'restreams[0][serverUrl]', () => api(mine, 'POST', '/live-streams', { name: 'x', restreams: [{ name: 'y', streamKey: 'z' }] })],
  ['a webhook of no event', 400, 'invalid-attribute', 'events[0]', () => api(mine, 'POST', '/webhooks', { url: 'https://hooks.acme.dev/', events: ['no.event'] })],
  ['a body that is no JSON', 400, 'invalid-payload', undefined, () => raw('/videos', '{"title":')],
  ['no body at all', 400, 'invalid-payload', undefined, () => raw('/videos', '')],
  ['a form that is cut off', 400, 'invalid-payload', undefined, () => raw(`/videos/${videoId}/source`, '--b\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\nabc', { 'Content-Type': 'multipart/form-data; boundary=b' })],
  ['a file without a form', 400, 'invalid-payload', undefined, () => raw(`/videos/${videoId}/source`, 'abc', { 'Content-Type': 'video/mp4' })],
  ['a sort by nothing we know', 400, 'invalid-query-parameter', 'sortBy', () => api(mine, 'GET', '/videos?sortBy=size')],
  ['an order that is none', 400, 'invalid-query-parameter', 'sortOrder', () => api(mine, 'GET', '/players?sortOrder=up')],
  ['analytics without a period', 400, 'invalid-query-parameter', 'period', () => api(mine, 'GET', `/analytics/videos/${videoId}`)],
  ['a period that is none', 400, 'invalid-query-parameter', 'period', () => api(mine, 'GET', `/analytics/videos/${videoId}?period=soon`)],
  ['no such video', 404, 'resource-not-found', 'videoId', () => api(mine, 'GET', `/videos/${nobody('vi', 'video')}`)],
  ['no such player', 404, 'resource-not-found', 'playerId', () => api(mine, 'GET', `/players/${nobody('pl', 'preset')}`)],
  ['no such live stream', 404, 'resource-not-found', 'liveStreamId', () => api(mine, 'DELETE', `/live-streams/${nobody('li', 'liveStream')}`)],
  ['no such webhook', 404, 'resource-not-found', 'webhookId', () => api(mine, 'GET', `/webhooks/${nobody('webhook_', 'webhook')}`)],
  ['no such upload token', 404, 'resource-not-found', 'uploadToken', () => api(mine, 'GET', `/upload-tokens/to${'0'.repeat(32)}`)],
  ['no captions in a language', 404, 'resource-not-found', 'language', () => api(mine, 'GET', `/videos/${videoId}/captions/fr`)],
  ['no such viewing', 404, 'resource-not-found', 'sessionId', () => api(mine, 'GET', '/analytics/sessions/psnone/events')],
  ['an id that is none', 404, 'resource-not-found', 'videoId', () => api(mine, 'GET', '/videos/none')],
  ['an id of another kind', 404, 'resource-not-found', 'playerId', () => api(mine, 'GET', `/players/${videoId}`)],
  ['an id of the API one comes from', 404, 'resource-not-found', 'liveStreamId', () => api(mine, 'PATCH', '/live-streams/li400mYKSgQ6xs7taUeSaEKr', {})],
  ['an address of nothing', 404, 'unrecognized-request-url', undefined, () => api(mine, 'GET', '/videos/a/b/c')],
  ['a method that is not there', 405, 'method-not-allowed', undefined, () => api(mine, 'PUT', `/videos/${videoId}`, {})],
  ['an empty file', 400, 'uploaded-file-empty', undefined, () => upload(mine, videoId, new Uint8Array(0))],
  ['empty captions', 400, 'uploaded-file-empty', undefined, () => form(`/videos/${videoId}/captions/en`, new Uint8Array(0))],
  ['what is no film', 400, 'uploaded-file-invalid-file', undefined, () => upload(mine, videoId, text('<!doctype html><html><body>Hello, this is a page and no film at all.</body></html>'))],
  ['two files at once', 400, 'uploaded-file-multiple-files', undefined, () => form(`/videos/${videoId}/thumbnail`, BYTES, BYTES)],
  ['a form without a file', 400, 'uploaded-file-no-file', undefined, () => form(`/videos/${videoId}/thumbnail`)],
  ['a thumbnail past 8 MiB', 400, 'uploaded-file-too-large', undefined, () => form(`/videos/${videoId}/thumbnail`, new Uint8Array(8 * 1024 * 1024 + 1))],
  ['a file past 200 MiB, before it is sent', 400, 'uploaded-file-too-large', undefined, () => raw(`/videos/${videoId}/source`, '--b--', { 'Content-Type': 'multipart/form-data; boundary=b', 'Content-Length': String(202 * 1024 * 1024) })],
  ['an image of no kind that is taken', 400, 'uploaded-file-extension-invalid', undefined, () => form(`/videos/${videoId}/thumbnail`, text('GIF89a........................'))],
]

test.each(CASES)('%s: %i %s', async (_, status, slug, name, ask) => {
  const answer = await ask()
  expect([answer.status, answer.headers.get('Content-Type'), answer.headers.get('Access-Control-Allow-Origin')]).toEqual([status, 'application/problem+json', '*'])
  const problem = await answer.json<{ title: string; name?: string; problems?: { type: string; title: string; name: string }[] }>()
  expect(problem).toMatchObject({ type: DOCS + slug, status, title: expect.stringMatching(/^[A-Z].+\.$/) })
  expect(problem.name).toBe(name)
  // The first of the problems is told above them.
  if (problem.problems) expect(problem.problems[0]).toMatchObject({ type: DOCS + slug, title: problem.title, name })
})

test('too many requests: 429 with the time to wait, in the dialect’s headers and in the standard one, readable by scripts', async () => {
  const other = await tenant()
  const answers = await Promise.all(Array.from({ length: 61 }, () => api(other, 'GET', '/analytics/sessions/psnone/events')))
  const refused = answers.filter(({ status }) => status === 429)
  expect(refused).toHaveLength(1)
  const { headers } = refused[0]!
  const wait = Number(headers.get('Retry-After'))
  expect([wait > 0 && wait <= 60, headers.get('X-RateLimit-Limit'), headers.get('X-RateLimit-Remaining'), headers.get('X-RateLimit-Retry-After')]).toEqual([true, '60', '0', String(wait)])
  expect([headers.get('Content-Type'), headers.get('Access-Control-Expose-Headers')]).toEqual(['application/problem+json', expect.stringContaining('X-RateLimit-Retry-After')])
  expect(await refused[0]!.json()).toMatchObject({ type: `${DOCS}too-many-requests`, title: 'Too many requests.', status: 429 })
})

test('a fault of ours is "Server error", and tells nothing else', async () => {
  const answer = answerFault(new Fault('internal', 'Something went wrong on our side.'), 'request-1')
  expect([answer.status, await answer.json()]).toEqual([500, { title: 'Server error', status: 500, detail: 'Something went wrong on our side.', requestId: 'request-1' }])
})

test('what is known and not offered yet answers 501 as a problem', async () => {
  const answer = await api(mine, 'GET', '/summaries')
  expect([answer.status, answer.headers.get('Content-Type'), await answer.json()]).toEqual([501, 'application/problem+json', expect.objectContaining({ title: 'This is not offered here.', status: 501 })])
})
