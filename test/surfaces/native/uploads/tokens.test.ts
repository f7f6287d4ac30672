/** Upload tokens: what a browser may do with one, and what it may not. */
import { expect, test } from 'vitest'
import { native } from '../../../../worker/src/surfaces/native/index.ts'
import { call, deps, post, type Tenant, tenant } from '../../../support/site.ts'
import { CHUNK, file, MEDIA, refusal, sha256 } from './support.ts'

interface Made {
  id: string
  token: string
  expires_at: string | null
}
const make = async ({ key }: Tenant, wish: object = {}) => (await post('/api/v1/upload-tokens', wish, { key })).json<Made>()
const by = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } })
const begin = (token: string, size: number, more: object = {}) => post('/api/v1/upload/init', { filename: 'clip.mp4', size, ...more }, by(token))
const begun = async (token: string, size: number, more: object = {}) => (await begin(token, size, more)).json<{ upload_id: string }>()
const send = (token: string, id: string, index: number, bytes: Uint8Array) =>
  call('/api/v1/upload/chunk', {
    method: 'POST',
    headers: { ...by(token).headers, 'X-Upload-ID': id, 'X-Chunk-Index': String(index) },
    body: bytes.slice(index * CHUNK, (index + 1) * CHUNK),
  })
const finish = (token: string, upload_id: string) => post('/api/v1/upload/complete', { upload_id }, by(token))

test('an upload token takes a file from its first chunk to a video of its account', async () => {
  const owner = await tenant()
  const { token, id } = await make(owner)
  expect(token).toMatch(/^upt_[0-9a-f]{32}$/)
  const source = file(CHUNK + 9)
  const { upload_id } = await begun(token, source.length, { title: 'From a browser' })
  expect((await send(token, upload_id, 1, source)).status).toBe(200)
  expect(await (await call(`/api/v1/upload/${upload_id}`, by(token))).json()).toMatchObject({ missing: [0] })
  expect((await send(token, upload_id, 0, source)).status).toBe(200)
  const { video_id } = await (await finish(token, upload_id)).json<{ video_id: string }>()
  const detail = await deps.videos.findDetail(owner.accountId, video_id)
  expect(detail?.video.title).toBe('From a browser')
  expect(await sha256((await MEDIA.get(`src/${detail?.asset.id}/source`))!.body)).toBe(await sha256(source))
  expect(await (await call(`/api/v1/upload-tokens/${id}`, { key: owner.key })).json()).toMatchObject({ uploads: 1 })
})

test('an upload token opens no route that does not name it, whatever the method', async () => {
  const { token } = await make(await tenant())
  const opened: string[] = []
  for (const { method, path, needs, byUploadToken } of native.routes) {
    if (needs === 'public') continue
    const answer = await call(`/api/v1${path.replaceAll(/:\w+/g, deps.newId('video'))}`, { method, ...by(token), ...(method === 'GET' ? {} : { body: '{}' }) })
    if (answer.status !== 401) opened.push(`${method} ${path}`)
    else expect(byUploadToken).toBeUndefined()
  }
  expect(opened.sort()).toEqual(['DELETE /upload/:id', 'GET /upload/:id', 'POST /upload', 'POST /upload/chunk', 'POST /upload/complete', 'POST /upload/init'])
})

test('the uploads of the account and of other tokens do not exist for an upload token', async () => {
  const owner = await tenant()
  const [one, other] = [await make(owner), await make(owner)]
  const { upload_id: others } = await begun(other.token, 100)
  const { upload_id: accounts } = await (await post('/api/v1/upload/init', { filename: 'a.mp4', size: 100 }, { key: owner.key })).json<{ upload_id: string }>()
  for (const id of [others, accounts]) {
    for (const answer of [
      await call(`/api/v1/upload/${id}`, by(one.token)),
      await call(`/api/v1/upload/${id}`, { method: 'DELETE', ...by(one.token) }),
      await send(one.token, id, 0, file(100)),
      await finish(one.token, id),
    ])
      expect(await refusal(answer)).toEqual([404, 'upload_not_found'])
  }
  // The account itself sees and ends all of them.
  expect((await call(`/api/v1/upload/${others}`, { method: 'DELETE', key: owner.key })).status).toBe(204)
})

test('an upload token is refused a file larger than it allows, one upload too many, and anything once it is deleted', async () => {
  const owner = await tenant()
  const { token, id } = await make(owner, { max_size: 1000, max_uploads: 2 })
  const large = await begin(token, 1001)
  expect([large.status, await large.json()]).toMatchObject([413, { code: 'file_too_large', max_size: 1000 }])
  expect(await refusal(await call('/api/v1/upload?filename=a.mp4', { method: 'POST', ...by(token), body: file(1001) }))).toEqual([413, 'file_too_large'])
  const { upload_id } = await begun(token, 1000)
  expect((await call('/api/v1/upload?filename=a.mp4', { method: 'POST', ...by(token), body: file(1000) })).status).toBe(201)
  expect(await refusal(await begin(token, 10))).toEqual([403, 'upload_token_used_up'])
  expect((await call(`/api/v1/upload-tokens/${id}`, { method: 'DELETE', key: owner.key })).status).toBe(204)
  expect(await refusal(await send(token, upload_id, 0, file(1000)))).toEqual([401, 'invalid_upload_token'])
})

test('of twenty uploads begun at once with a token for three, exactly three begin', async () => {
  const owner = await tenant()
  const { token } = await make(owner, { max_uploads: 3 })
  const answers = await Promise.all(Array.from({ length: 20 }, () => begin(token, 10)))
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(3)
  expect((await deps.accounts.find(owner.accountId))?.storageReservedBytes).toBe(30)
})

test('an upload token that has ended begins nothing more, finishes what it began, and is forgotten a week later', async () => {
  const owner = await tenant()
  const { token, id } = await make(owner, { ttl: 1 })
  const { upload_id } = await begun(token, 100)
  await new Promise((resolve) => setTimeout(resolve, 1_100))
  expect(await refusal(await begin(token, 10))).toEqual([401, 'upload_token_expired'])
  expect((await send(token, upload_id, 0, file(100))).status).toBe(200)
  expect((await finish(token, upload_id)).status).toBe(200)
  await deps.uploadTokens.forgetEnded(deps.now() - 7 * 86_400_000, 10)
  expect(await deps.uploadTokens.find(owner.accountId, id)).not.toBeNull()
  await deps.uploadTokens.forgetEnded(deps.now(), 10)
  expect(await deps.uploadTokens.find(owner.accountId, id)).toBeNull()
})

test('a token for one video gives that video its source, once, and no other', async () => {
  const owner = await tenant()
  const video = async () => (await post('/api/v1/videos', { title: 'Lesson 7', visibility: 'private' }, { key: owner.key })).json<{ id: string; source: object }>()
  const [target, other] = [await video(), await video()]
  expect(target.source).toMatchObject({ status: 'waiting', size: 0 })
  const { token } = await make(owner, { video_id: target.id })
  expect(await refusal(await begin(token, 100, { video_id: other.id }))).toEqual([403, 'upload_token_other_video'])
  const [first, second] = [await begun(token, 100), await begun(token, 200)]
  await send(token, first.upload_id, 0, file(100))
  await send(token, second.upload_id, 0, file(200))
  expect(await (await finish(token, first.upload_id)).json()).toMatchObject({ video_id: target.id })
  const after = await (await call(`/api/v1/videos/${target.id}`, { key: owner.key })).json()
  expect(after).toMatchObject({ title: 'Lesson 7', visibility: 'private', status: 'processing', source: { status: 'stored', size: 100, filename: 'clip.mp4' } })
  // The slower of two loses, and its bytes and quota go.
  expect(await refusal(await finish(token, second.upload_id))).toEqual([409, 'video_has_source'])
  expect(await refusal(await finish(token, second.upload_id))).toEqual([410, 'upload_failed'])
  expect(await refusal(await begin(token, 100))).toEqual([409, 'video_has_source'])
  const account = await deps.accounts.find(owner.accountId)
  expect([account?.storageUsedBytes, account?.storageReservedBytes]).toEqual([100, 0])
  expect((await call(`/api/v1/videos/${target.id}`, { key: owner.key })).status).toBe(200)
})

test('a video deleted while its source is on the way stays deleted, and the upload ends', async () => {
  const owner = await tenant()
  const { id } = await (await post('/api/v1/videos', { title: 'Gone' }, { key: owner.key })).json<{ id: string }>()
  const { token } = await make(owner, { video_id: id })
  const { upload_id } = await begun(token, 100)
  await send(token, upload_id, 0, file(100))
  await call(`/api/v1/videos/${id}`, { method: 'DELETE', key: owner.key })
  expect(await refusal(await finish(token, upload_id))).toEqual([404, 'video_not_found'])
  expect(await (await call(`/api/v1/upload/${upload_id}`, { key: owner.key })).json()).toMatchObject({ status: 'failed' })
  const account = await deps.accounts.find(owner.accountId)
  expect([account?.storageUsedBytes, account?.storageReservedBytes]).toEqual([0, 0])
})

test('a page of another origin may upload by token: preflight and answer say so, and no cookie is asked for', async () => {
  const preflight = await call('/api/v1/upload/chunk', { method: 'OPTIONS', headers: { Origin: 'https://school.example', 'Access-Control-Request-Method': 'POST' } })
  expect(preflight.status).toBe(204)
  expect(preflight.headers.get('Access-Control-Allow-Origin')).toBe('*')
  expect(preflight.headers.get('Access-Control-Allow-Credentials')).toBeNull()
  for (const name of ['Authorization', 'X-Upload-ID', 'X-Chunk-Index', 'Content-Digest', 'Idempotency-Key'])
    expect(preflight.headers.get('Access-Control-Allow-Headers')).toContain(name)
  const { token } = await make(await tenant())
  expect((await begin(token, 10)).headers.get('Access-Control-Allow-Origin')).toBe('*')
  expect((await call('/api/v1/upload-tokens', { method: 'OPTIONS' })).status).toBe(405)
})

test('an Idempotency-Key of a token is its own: what an API key asked under it is not answered', async () => {
  const owner = await tenant()
  const { token } = await make(owner)
  const ask = { filename: 'a.mp4', size: 10 }
  const accounts = await (await post('/api/v1/upload/init', ask, { key: owner.key, headers: { 'Idempotency-Key': 'k1' } })).json<{ upload_id: string }>()
  const headers = { ...by(token).headers, 'Idempotency-Key': 'k1' }
  const first = await (await post('/api/v1/upload/init', ask, { headers })).json<{ upload_id: string }>()
  const again = await post('/api/v1/upload/init', ask, { headers })
  expect(first.upload_id).not.toBe(accounts.upload_id)
  expect([await again.json(), again.headers.get('Idempotency-Replayed')]).toEqual([first, 'true'])
})

test('a list of upload tokens tells what each allows and never the token; another account sees none of them', async () => {
  const owner = await tenant()
  const made = [await make(owner, { name: 'intake form' }), await make(owner, { ttl: null })]
  const listed = await call('/api/v1/upload-tokens', { key: owner.key })
  const text = await listed.text()
  expect(JSON.parse(text)).toMatchObject({ total: 2, data: [{ ttl: null, expires_at: null }, { name: 'intake form', ttl: 3600 }] })
  for (const { token } of made) expect(text).not.toContain(token)
  const stranger = await tenant()
  expect(await (await call('/api/v1/upload-tokens', { key: stranger.key })).json()).toMatchObject({ total: 0 })
  expect(await deps.uploadTokens.findByHash(await deps.crypto.sha256Hex(made[0]!.token))).toMatchObject({ accountId: owner.accountId })
})
