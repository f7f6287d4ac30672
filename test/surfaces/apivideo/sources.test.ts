import { beforeAll, expect, test } from 'vitest'
import { expireIntakes } from '../../../worker/src/domain/sources/expireIntakes.ts'
import { enrol } from '../../support/fleet.ts'
import { call, deps, type Tenant, tenant } from '../../support/site.ts'
import { api, bodyOf, container, delegated, refusalOf, upload } from './client.ts'

const MIB = 1024 * 1024
/** Bytes that no two parts share. */
const bytes = (size: number, seed: number) => new Uint8Array(size).map((_, at) => (at * 31 + seed * 97 + (at >> 8)) & 255)
let mine: Tenant
beforeAll(async () => {
  mine = await tenant()
})
const storage = async ({ accountId }: Tenant) => {
  const account = await deps.accounts.find(accountId)
  return [account?.storageUsedBytes, account?.storageReservedBytes]
}
/** What the fleet is given to read of a video's source. */
async function sourceOf(id: string): Promise<Uint8Array> {
  const video = await deps.videos.findAny(`vid_${id.slice(2)}`)
  const asset = await deps.assets.find(video!.assetId)
  const parts = await deps.sources.parts(asset!.id)
  const bodies = await Promise.all(parts.map(async ({ assetId, name }) => new Response((await deps.objects.get(`src/${assetId}/parts/${name}`))!.body).arrayBuffer()))
  return new Uint8Array(await new Blob(bodies).arrayBuffer())
}

test('a whole file in one request is the video’s source, once', async () => {
  const owner = await tenant()
  const id = await container(owner)
  const answer = await upload(owner, id, bytes(1000, 1))
  expect([answer.status, (await answer.json<{ videoId: string }>()).videoId]).toEqual([201, id])
  // Clients may pace themselves by these on every answer; nothing is counted here.
  expect(['Limit', 'Remaining', 'Retry-After'].map((name) => answer.headers.get(`X-RateLimit-${name}`))).toEqual(['1000000', '1000000', '0'])
  expect(await sourceOf(id)).toEqual(bytes(1000, 1))
  expect(await storage(owner)).toEqual([1000, 0])
  expect(await bodyOf(api(owner, 'GET', `/videos/${id}/status`))).toMatchObject({ ingest: { status: 'uploaded', filesize: 1000 } })
  expect(await refusalOf(upload(owner, id, bytes(1000, 1)))).toEqual([400, 'video-source-already-uploaded'])
})

test('unequal parts, out of order and at once, make one file that the fleet reads in order', async () => {
  const owner = await tenant()
  const id = await container(owner)
  const parts = [bytes(5 * MIB + 3, 1), bytes(6 * MIB + 1, 2), bytes(77, 3)]
  const answers = await Promise.all([2, 0, 1].map((at) => upload(owner, id, parts[at]!, { range: `part ${at + 1}/3` })))
  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201])
  expect((await sourceOf(id)).length).toBe(11 * MIB + 81)
  expect(await sourceOf(id)).toEqual(new Uint8Array(await new Blob(parts).arrayBuffer()))
  expect(await storage(owner)).toEqual([11 * MIB + 81, 0])
  const agent = await enrol()
  const video = await deps.videos.findAny(`vid_${id.slice(2)}`)
  for (;;) {
    const lease = await agent.claim('prepare')
    if (!lease) expect.fail('no job for it')
    if ((await deps.encodes.find(lease.encodeId as never))?.assetId !== video!.assetId) continue
    expect(lease.source).toMatchObject({ sizeBytes: 11 * MIB + 81, parts: [{ sizeBytes: 5 * MIB + 3 }, { sizeBytes: 6 * MIB + 1 }, { sizeBytes: 77 }] })
    break
  }
})

test('a progressive upload tells its end with its last part, and the status tells what has come', async () => {
  const id = await container(mine)
  await upload(mine, id, bytes(5 * MIB, 1), { range: 'part 1/*' })
  expect(await bodyOf(api(mine, 'GET', `/videos/${id}/status`))).toMatchObject({ ingest: { status: 'uploading', receivedParts: { parts: [1], total: null } } })
  await upload(mine, id, bytes(10, 2), { range: 'part 2/2' })
  expect(await bodyOf(api(mine, 'GET', `/videos/${id}/status`))).toMatchObject({ ingest: { status: 'uploaded', filesize: 5 * MIB + 10 } })
})

test('byte ranges join likewise', async () => {
  const id = await container(mine)
  const whole = bytes(5 * MIB + 20, 4)
  await upload(mine, id, whole.slice(5 * MIB), { range: `bytes ${5 * MIB}-${5 * MIB + 19}/${5 * MIB + 20}` })
  expect(await bodyOf(api(mine, 'GET', `/videos/${id}/status`))).toMatchObject({ ingest: { receivedBytes: [{ from: 5 * MIB, to: 5 * MIB + 19, total: 5 * MIB + 20 }], filesize: 5 * MIB + 20 } })
  await upload(mine, id, whole.slice(0, 5 * MIB), { range: `bytes 0-${5 * MIB - 1}/${5 * MIB + 20}` })
  expect(await sourceOf(id)).toEqual(whole)
})

test('a part sent again after its answer got lost changes nothing, also the last one; other bytes in its place are refused', async () => {
  const owner = await tenant()
  const id = await container(owner)
  for (const _ of [1, 2]) expect((await upload(owner, id, bytes(5 * MIB, 1), { range: 'part 1/2' })).status).toBe(201)
  expect(await storage(owner)).toEqual([0, 5 * MIB])
  expect(await refusalOf(upload(owner, id, bytes(5 * MIB, 9), { range: 'part 1/2' }))).toEqual([400, 'video-content-range-by-part-part-already-sent'])
  for (const _ of [1, 2]) expect((await upload(owner, id, bytes(8, 2), { range: 'part 2/2' })).status).toBe(201)
  expect(await storage(owner)).toEqual([5 * MIB + 8, 0])
  expect(await refusalOf(upload(owner, id, bytes(8, 9), { range: 'part 2/2' }))).toEqual([400, 'video-content-range-by-part-part-already-sent'])
})

test('an empty file, no file and what is no video are refused, and the video still awaits its file', async () => {
  const owner = await tenant()
  const id = await container(owner)
  expect(await refusalOf(upload(owner, id, bytes(0, 1)))).toEqual([400, 'uploaded-file-empty'])
  const none = call(`/videos/${id}/source`, { method: 'POST', headers: { Authorization: `Basic ${btoa(`${owner.key}:`)}`, 'Content-Type': 'multipart/form-data; boundary=b' }, body: '--b\r\nContent-Disposition: form-data; name="x"\r\n\r\ny\r\n--b--\r\n' })
  expect(await refusalOf(none)).toEqual([400, 'uploaded-file-no-file'])
  expect(await refusalOf(upload(owner, id, new Uint8Array(new TextEncoder().encode('<!doctype html><html><body>Hello, this is a page and no film at all.</body></html>'))))).toEqual([400, 'uploaded-file-invalid-file'])
  expect(await storage(owner)).toEqual([0, 0])
  expect((await upload(owner, id, bytes(1000, 1))).status).toBe(201)
})

test('an upload nobody goes on with ends: its parts go and its quota is free', async () => {
  const owner = await tenant()
  const id = await container(owner)
  await upload(owner, id, bytes(5 * MIB, 1), { range: 'part 1/2' })
  const intake = await deps.sources.intake(`vid_${id.slice(2)}`)
  await expireIntakes({ ...deps, now: () => deps.now() + 25 * 3600_000 }, 50)
  expect(await storage(owner)).toEqual([0, 0])
  expect(await deps.objects.list(`src/${intake!.assetId}/`)).toEqual([])
  expect((await upload(owner, id, bytes(9, 1))).status).toBe(201)
})

interface Token {
  token: string
  ttl: number
  expiresAt: string | null
}

test('upload tokens: made with and without a life, listed, shown, ended', async () => {
  const owner = await tenant()
  const lasting = await bodyOf<Token>(call('/upload-tokens', { method: 'POST', headers: { Authorization: `Basic ${btoa(`${owner.key}:`)}` } }))
  expect(lasting).toMatchObject({ token: expect.stringMatching(/^to[0-9a-f]{32}$/), ttl: 0, expiresAt: null })
  const brief = await bodyOf<Token>(api(owner, 'POST', '/upload-tokens', { ttl: 3600 }))
  expect(brief).toMatchObject({ ttl: 3600, expiresAt: expect.stringMatching(/\+00:00$/) })
  const { data } = await bodyOf<{ data: Token[] }>(api(owner, 'GET', '/upload-tokens?sortBy=ttl&sortOrder=asc'))
  expect(data.map(({ token }) => token).sort()).toEqual([lasting.token, brief.token].sort())
  expect(await bodyOf(api(owner, 'GET', `/upload-tokens/${brief.token}`))).toEqual(brief)
  expect((await api(mine, 'GET', `/upload-tokens/${brief.token}`)).status).toBe(404)
  expect((await api(owner, 'DELETE', `/upload-tokens/${brief.token}`)).status).toBe(204)
  expect(await refusalOf(delegated(brief.token, bytes(9, 1)))).toEqual([401, 'authentication-invalid-upload-token'])
  expect(await refusalOf(call('/upload', { method: 'POST', body: 'x' }))).toEqual([401, 'authentication-missing-upload-token'])
})

test('a delegated upload makes a video called as its file, or fills the one named before or behind the file', async () => {
  const owner = await tenant()
  const { token } = await bodyOf<Token>(api(owner, 'POST', '/upload-tokens', {}))
  const made = await delegated(token, bytes(300, 1), { filename: 'holiday.mp4' })
  const video = await made.json<{ videoId: string; title: string }>()
  expect([made.status, video.title]).toEqual([201, 'holiday.mp4'])
  expect(await sourceOf(video.videoId)).toEqual(bytes(300, 1))
  for (const place of ['before', 'after']) {
    const videoId = await container(owner, { title: 'Kept' })
    const filled = await delegated(token, bytes(400, 2), { [place]: { videoId } })
    expect([filled.status, (await filled.json<{ title: string }>()).title]).toEqual([201, 'Kept'])
    expect(await sourceOf(videoId)).toEqual(bytes(400, 2))
  }
})

test('a delegated upload in parts goes on with the video its first answer named', async () => {
  const owner = await tenant()
  const { token } = await bodyOf<Token>(api(owner, 'POST', '/upload-tokens', {}))
  const { videoId } = await bodyOf<{ videoId: string }>(delegated(token, bytes(5 * MIB, 1), { range: 'part 1/*' }))
  expect((await delegated(token, bytes(20, 2), { range: 'part 2/2', after: { videoId } })).status).toBe(201)
  expect((await sourceOf(videoId)).length).toBe(5 * MIB + 20)
  expect(await storage(owner)).toEqual([5 * MIB + 20, 0])
})

test('no token reaches another account’s video', async () => {
  const owner = await tenant()
  const { token } = await bodyOf<Token>(api(owner, 'POST', '/upload-tokens', {}))
  const foreign = await container(mine)
  expect(await refusalOf(delegated(token, bytes(10, 1), { before: { videoId: foreign } }))).toEqual([404, 'resource-not-found'])
  expect(await refusalOf(delegated(token, bytes(10, 1), { after: { videoId: foreign } }))).toEqual([404, 'resource-not-found'])
})
