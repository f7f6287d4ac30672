import { expect, test } from 'vitest'
import { sourceKey } from '../../../../shared/src/objectKeys.ts'
import { call, deps, tenant } from '../../../support/site.ts'
import { CHUNK, complete, file, init, MEDIA, MIB, put, refusal, status } from './support.ts'

const SIZE = CHUNK + 1000

async function uploaded(bytes = file(SIZE)) {
  const mine = await tenant()
  const { upload_id } = await init(mine, bytes.length)
  for (let index = 0; index * CHUNK < bytes.length; index++) expect((await put(mine, upload_id, bytes, index)).status).toBe(200)
  return { mine, upload_id, bytes }
}
const reserved = async (id: Parameters<typeof deps.accounts.find>[0]) => {
  const account = await deps.accounts.find(id)
  return [account?.storageReservedBytes, account?.storageUsedBytes]
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
  const upload = await deps.uploads.find(mine.accountId, upload_id)
  await deps.commit([deps.uploads.save({ ...upload!, expiresAt: 1 })])
  const { expireUploads } = await import('../../../../worker/src/domain/uploads/expireUploads.ts')
  await expireUploads(deps, 10)
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
  expect(first).toMatchObject({ video_id: expect.stringMatching(/^vid_/), embed_token: expect.stringMatching(/^[0-9a-f]{32}$/), status: 'processing' })
  expect(await (await complete(mine, upload_id)).json()).toEqual(first)
  const list = await deps.videos.list(mine.accountId, { search: null, status: null, sort: '-created_at' }, { offset: 0, limit: 10 })
  expect(list.total).toBe(1)
  expect(await reserved(mine.accountId)).toEqual([0, SIZE])
})

test('U29: of twenty simultaneous completions one makes the video; the others get it or are told to wait', async () => {
  const { mine, upload_id } = await uploaded()
  const answers = await Promise.all(Array.from({ length: 20 }, () => complete(mine, upload_id)))
  const bodies = await Promise.all(answers.map(async (answer) => ({ ...(await answer.json<{ code?: string; video_id?: string }>()), status: answer.status })))
  const won = bodies.filter(({ status }) => status === 200)
  expect(won.length).toBeGreaterThan(0)
  expect(new Set(won.map(({ video_id }) => video_id)).size).toBe(1)
  for (const body of bodies) if (body.status !== 200) expect(body).toMatchObject({ status: 409, code: 'upload_completing' })
  expect((await deps.videos.totals(mine.accountId)).videos).toBe(1)
})

test('abort frees the quota once and can be repeated', async () => {
  const mine = await tenant()
  const { upload_id } = await init(mine, SIZE)
  for (let time = 0; time < 2; time++) expect((await call(`/api/v1/upload/${upload_id}`, { method: 'DELETE', key: mine.key })).status).toBe(204)
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
  expect((await deps.videos.totals(mine.accountId)).videos).toBe(0)
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
  const huge = await call('/api/v1/upload?filename=a.mp4', { method: 'POST', key: mine.key, body: new Uint8Array(deps.config.directUploadMaxBytes + 1) })
  expect(huge.status).toBe(413)
  expect(await huge.json()).toMatchObject({ code: 'use_chunked_upload', chunked_upload: '/api/v1/upload/init', max_size: deps.config.directUploadMaxBytes })
  const form = (body: string, type = 'multipart/form-data; boundary=x') => call('/api/v1/upload', { method: 'POST', key: mine.key, headers: { 'Content-Type': type }, body })
  expect(await refusal(await form('--x\r\nbroken'))).toEqual([400, 'multipart_invalid'])
  expect(await refusal(await form('--x\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\nno end'))).toEqual([400, 'multipart_invalid'])
  expect(await refusal(await form('--x\r\nContent-Disposition: form-data; name="title"\r\n\r\nx\r\n--x--'))).toEqual([400, 'file_required'])
  expect(await refusal(await form('anything', 'multipart/form-data'))).toEqual([400, 'multipart_invalid'])
})
