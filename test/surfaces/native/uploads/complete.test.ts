import { expect, test } from 'vitest'
import { sourceKey } from '../../../../shared/src/objectKeys.ts'
import type { Deps } from '../../../../worker/src/domain/ports.ts'
import { expireUploads } from '../../../../worker/src/domain/uploads/expireUploads.ts'
import { repairUploads } from '../../../../worker/src/domain/uploads/repairUploads.ts'
import { call, deps, type Tenant, tenant } from '../../../support/site.ts'
import { CHUNK, complete, DB, file, init, MEDIA, MIB, put, refusal, status } from './support.ts'

const SIZE = CHUNK + 1000

async function uploaded(bytes = file(SIZE)) {
  const mine = await tenant()
  const { upload_id } = await init(mine, bytes.length)
  for (let index = 0; index * CHUNK < bytes.length; index++) expect((await put(mine, upload_id, bytes, index)).status).toBe(200)
  return { mine, upload_id, bytes }
}
/** The same site, hours on. */
const later = (hours: number): Deps => ({ ...deps, now: () => deps.now() + hours * 3_600_000 })
const reserved = async (id: Parameters<typeof deps.accounts.find>[0]) => {
  const account = await deps.accounts.find(id)
  return [account?.storageReservedBytes, account?.storageUsedBytes]
}

/** What stands in the database for an account. */
async function made({ accountId }: Tenant) {
  const words = async (sql: string) => (await DB.prepare(sql).bind(accountId).all<{ word: string }>()).results.map(({ word }) => word)
  return {
    videos: (await deps.videos.totals(accountId)).videos,
    jobs: await words('SELECT kind AS word FROM jobs WHERE account_id = ?'),
    events: await words('SELECT type AS word FROM events WHERE account_id = ?'),
  }
}

test('U26: chunks after complete and after abort are refused by name', async () => {
  const { mine, upload_id, bytes } = await uploaded()
  const { video_id } = await (await complete(mine, upload_id)).json<{ video_id: string }>()
  const late = await put(mine, upload_id, bytes, 0)
  expect(late.status).toBe(409)
  expect(await late.json()).toMatchObject({ code: 'upload_completed', video_id })
  const other = await init(mine, SIZE)
  expect((await call(`/api/v1/upload/${other.upload_id}`, { method: 'DELETE', key: mine.key })).status).toBe(204)
  expect(await refusal(await put(mine, other.upload_id, bytes, 0))).toEqual([410, 'upload_aborted'])
})

test('U26: an expired upload takes no more, and its quota is free again', async () => {
  const mine = await tenant()
  const { upload_id } = await init(mine, SIZE)
  await expireUploads(later(25), 10)
  expect(await refusal(await put(mine, upload_id, file(SIZE), 0))).toEqual([410, 'upload_expired'])
  expect(await reserved(mine.accountId)).toEqual([0, 0])
})

test('U27: complete with holes names what is missing', async () => {
  const mine = await tenant()
  const { upload_id } = await init(mine, 3 * CHUNK)
  await put(mine, upload_id, file(3 * CHUNK), 1)
  const answer = await complete(mine, upload_id)
  expect(answer.status).toBe(409)
  expect(await answer.json()).toMatchObject({ code: 'upload_incomplete', missing_count: 2, missing: [0, 2] })
})

test('U28: complete again gives the same answer; there is one video, one job and one event', async () => {
  const { mine, upload_id } = await uploaded()
  const first = await (await complete(mine, upload_id)).json<{ video_id: string }>()
  expect(first).toMatchObject({
    video_id: expect.stringMatching(/^vid_/),
    embed_token: expect.stringMatching(/^[0-9a-f]{32}$/),
    status: 'processing',
  })
  expect(await (await complete(mine, upload_id)).json()).toEqual(first)
  expect(await made(mine)).toEqual({ videos: 1, jobs: ['prepare'], events: ['video.uploaded'] })
  expect(await reserved(mine.accountId)).toEqual([0, SIZE])
  expect(await status(mine, upload_id)).toMatchObject({
    status: 'completed',
    received_bytes: SIZE,
    received_count: 2,
    missing_count: 0,
    video_id: first.video_id,
  })
})

test('U29: of twenty simultaneous completions one makes the video; the others get it or are told to wait', async () => {
  const { mine, upload_id } = await uploaded()
  const answers = await Promise.all(Array.from({ length: 20 }, () => complete(mine, upload_id)))
  const bodies = await Promise.all(
    answers.map(async (answer) => ({ ...(await answer.json<{ code?: string; video_id?: string }>()), status: answer.status })),
  )
  const won = bodies.filter(({ status }) => status === 200)
  expect(won.length).toBeGreaterThan(0)
  expect(new Set(won.map(({ video_id }) => video_id)).size).toBe(1)
  for (const body of bodies) if (body.status !== 200) expect(body).toMatchObject({ status: 409, code: 'upload_completing' })
  expect(await made(mine)).toEqual({ videos: 1, jobs: ['prepare'], events: ['video.uploaded'] })
})

test('abort frees the quota once and can be repeated', async () => {
  const mine = await tenant()
  const { upload_id } = await init(mine, SIZE)
  for (let time = 0; time < 2; time++)
    expect((await call(`/api/v1/upload/${upload_id}`, { method: 'DELETE', key: mine.key })).status).toBe(204)
  expect(await reserved(mine.accountId)).toEqual([0, 0])
  expect(await status(mine, upload_id)).toMatchObject({ status: 'aborted' })
})

test('a completion that died is taken over, also when the parts were already joined', async () => {
  const { mine, upload_id } = await uploaded()
  const upload = (await deps.uploads.find(mine.accountId, upload_id))!
  await deps.commit([deps.uploads.save({ ...upload, state: 'completing', completingAt: deps.now() - 60_000 })])
  await deps.objects.completeMultipart(sourceKey(upload.assetId), upload.multipartId, await deps.uploads.parts(upload.id))
  expect((await complete(mine, upload_id)).status).toBe(200)
  expect((await deps.videos.totals(mine.accountId)).videos).toBe(1)
})

test('U33: a completion that died and is not repeated by its client is finished by the janitor, once', async () => {
  const { mine, upload_id } = await uploaded()
  const upload = (await deps.uploads.find(mine.accountId, upload_id))!
  await deps.commit([deps.uploads.save({ ...upload, state: 'completing', completingAt: deps.now() })])
  await repairUploads(deps, 10)
  expect(await status(mine, upload_id)).toMatchObject({ status: 'completing' })
  for (let time = 0; time < 2; time++) await repairUploads(later(1), 10)
  expect(await status(mine, upload_id)).toMatchObject({ status: 'completed', video_id: upload.videoId })
  expect(await made(mine)).toEqual({ videos: 1, jobs: ['prepare'], events: ['video.uploaded'] })
})

test('parts the store no longer knows are asked for again, and the upload ends well', async () => {
  const { mine, upload_id, bytes } = await uploaded()
  const upload = (await deps.uploads.find(mine.accountId, upload_id))!
  await MEDIA.resumeMultipartUpload(sourceKey(upload.assetId), upload.multipartId).uploadPart(2, new Uint8Array(1000))
  const refused = await complete(mine, upload_id)
  expect(refused.status).toBe(409)
  expect(await refused.json()).toMatchObject({ code: 'upload_incomplete', missing: [0, 1] })
  for (const index of [0, 1]) await put(mine, upload_id, bytes, index)
  expect((await complete(mine, upload_id)).status).toBe(200)
})

test('an upload whose parts the store has dropped has expired, and its quota is free again', async () => {
  const { mine, upload_id, bytes } = await uploaded()
  const upload = (await deps.uploads.find(mine.accountId, upload_id))!
  await MEDIA.resumeMultipartUpload(sourceKey(upload.assetId), upload.multipartId).abort()
  expect(await refusal(await complete(mine, upload_id))).toEqual([410, 'upload_expired'])
  expect(await refusal(await put(mine, upload_id, bytes, 0))).toEqual([410, 'upload_expired'])
  expect(await reserved(mine.accountId)).toEqual([0, 0])
})

test.each([
  ['HTML', '<!DOCTYPE html><script>'],
  ['a program', 'MZ\x90\0'],
  ['a playlist', '#EXTM3U\n'],
  ['a concat script', 'ffconcat version 1.0\n'],
])('U41: %s named .mp4 is refused at complete, nothing is queued and no object stays', async (_, head) => {
  const bytes = new Uint8Array(2000)
  bytes.set(Uint8Array.from(head, (letter) => letter.charCodeAt(0)))
  const { mine, upload_id } = await uploaded(bytes)
  expect(await refusal(await complete(mine, upload_id))).toEqual([422, 'unsupported_media'])
  const upload = (await deps.uploads.find(mine.accountId, upload_id))!
  expect(await MEDIA.head(sourceKey(upload.assetId))).toBeNull()
  expect(await reserved(mine.accountId)).toEqual([0, 0])
  expect(await made(mine)).toEqual({ videos: 0, jobs: [], events: [] })
})

test('a small file goes up in one request, raw or as a form', async () => {
  const mine = await tenant()
  const bytes = file(6 * MIB)
  const raw = await call('/api/v1/upload?filename=raw.mp4&title=Raw', { method: 'POST', key: mine.key, body: bytes })
  expect(raw.status).toBe(201)
  const form = new FormData()
  form.set('title', 'From a form')
  form.set('file', new File([bytes], 'form.mp4'))
  const second = await call('/api/v1/upload', { method: 'POST', key: mine.key, body: form })
  expect(second.status).toBe(201)
  const { video_id } = await second.json<{ video_id: string }>()
  const detail = await deps.videos.findDetail(mine.accountId, video_id)
  expect(detail).toMatchObject({ video: { title: 'From a form' }, asset: { filename: 'form.mp4', sizeBytes: bytes.length } })
  const object = await MEDIA.get(sourceKey(detail!.asset.id))
  expect(new Uint8Array(await object!.arrayBuffer())).toEqual(bytes)
  expect(await reserved(mine.accountId)).toEqual([0, 2 * bytes.length])
})

test('U40: a direct upload over the limit points to the chunked one; a broken or empty form is named', async () => {
  const mine = await tenant()
  const huge = await call('/api/v1/upload?filename=a.mp4', {
    method: 'POST',
    key: mine.key,
    body: new Uint8Array(deps.config.directUploadMaxBytes + 1),
  })
  expect(huge.status).toBe(413)
  expect(await huge.json()).toMatchObject({
    code: 'use_chunked_upload',
    chunked_upload: '/api/v1/upload/init',
    max_size: deps.config.directUploadMaxBytes,
  })
  const form = (body: string, type = 'multipart/form-data; boundary=x') =>
    call('/api/v1/upload', { method: 'POST', key: mine.key, headers: { 'Content-Type': type }, body })
  expect(await refusal(await form('--x\r\nbroken'))).toEqual([400, 'multipart_invalid'])
  expect(await refusal(await form('--x\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\nno end'))).toEqual([
    400,
    'multipart_invalid',
  ])
  expect(await refusal(await form('--x\r\nContent-Disposition: form-data; name="title"\r\n\r\nx\r\n--x--'))).toEqual([400, 'file_required'])
  expect(await refusal(await form('anything', 'multipart/form-data'))).toEqual([400, 'multipart_invalid'])
})
