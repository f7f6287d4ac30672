/** tus 1.0.0 as its specification says it, over uploads whose chunks are 5 MiB. */
import { beforeEach, expect, test } from 'vitest'
import { call, deps, post, type Tenant, tenant } from '../../support/site.ts'
import { CHUNK, file, held, MEDIA, sha256 } from '../native/uploads/support.ts'

let owner: Tenant
beforeEach(async () => {
  owner = await tenant()
})

const V = { 'Tus-Resumable': '1.0.0' }
const BYTES = { 'Content-Type': 'application/offset+octet-stream' }
const base64 = (text: string) => btoa(String.fromCharCode(...new TextEncoder().encode(text)))
const create = (size: number | string, more: Record<string, string> = {}, key = owner.key) =>
  call('/tus', { method: 'POST', key, headers: { ...V, 'Upload-Length': String(size), 'Upload-Metadata': `filename ${base64('clip.mp4')}`, ...more } })
const created = async (size: number) => new URL((await create(size)).headers.get('Location')!).pathname
const head = (path: string, key = owner.key) => call(path, { method: 'HEAD', key, headers: V })
const patch = (path: string, offset: number, body: BodyInit, more: Record<string, string> = {}) =>
  call(path, { method: 'PATCH', key: owner.key, headers: { ...V, ...BYTES, 'Upload-Offset': String(offset), ...more }, body })
const offsetOf = (answer: Response) => answer.headers.get('Upload-Offset')
const refusal = async (answer: Response) => [answer.status, (await answer.json<{ code: string }>()).code]
const reserved = async () => {
  const account = await deps.accounts.find(owner.accountId)
  return [account?.storageUsedBytes, account?.storageReservedBytes]
}

test('what the server can do is told without a credential: version, extensions, largest size, chunk rule', async () => {
  const answer = await call('/tus', { method: 'OPTIONS' })
  expect(answer.status).toBe(204)
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'tus-resumable': '1.0.0',
    'tus-version': '1.0.0',
    'tus-extension': 'creation,expiration,checksum,termination',
    'tus-checksum-algorithm': 'sha1,sha256',
    'tus-max-size': expect.stringMatching(/^\d+$/),
    'upload-limit': expect.stringMatching(/min-append-size=5242880$/),
    'access-control-allow-origin': '*',
  })
})

test('an upload is made, grows by whole chunks and the rest, and is a video with its last byte', async () => {
  const source = file(2 * CHUNK + 100)
  const made = await create(source.length, { 'Upload-Metadata': `filename ${base64('é.mp4')},title ${base64('Étude')},relativePath bnVsbA==,empty` })
  expect(made.status).toBe(201)
  expect(Object.fromEntries(made.headers)).toMatchObject({ 'x-chunk-size': String(CHUNK), 'upload-expires': expect.stringMatching(/GMT$/), 'tus-resumable': '1.0.0', 'upload-offset': '0' })
  const path = new URL(made.headers.get('Location')!).pathname
  const first = await patch(path, 0, source.slice(0, CHUNK))
  expect([first.status, offsetOf(first), first.headers.get('X-Video-ID')]).toEqual([204, String(CHUNK), null])
  const resumed = await head(path)
  expect([resumed.status, offsetOf(resumed), resumed.headers.get('Upload-Length'), resumed.headers.get('Cache-Control')]).toEqual([200, String(CHUNK), String(source.length), 'no-store'])
  const last = await patch(path, CHUNK, source.slice(CHUNK))
  expect([last.status, offsetOf(last), last.headers.get('Upload-Expires')]).toEqual([204, String(source.length), null])
  const detail = await deps.videos.findDetail(owner.accountId, last.headers.get('X-Video-ID')!)
  expect(detail).toMatchObject({ video: { title: 'Étude' }, asset: { filename: 'é.mp4', sizeBytes: source.length } })
  expect(await sha256((await MEDIA.get(`src/${detail?.asset.id}/source`))!.body)).toBe(await sha256(source))
  expect(await reserved()).toEqual([source.length, 0])
  // Whoever lost the answer finds it whole.
  const after = await head(path)
  expect([after.status, offsetOf(after), after.headers.get('X-Video-ID')]).toEqual([200, String(source.length), detail?.video.id])
})

test('U07, U08: an upload made twice under one Idempotency-Key is one, with its address; another under it is refused', async () => {
  const key = { 'Idempotency-Key': 'tus-1' }
  const [first, again] = [await create(100, key), await create(100, key)]
  expect([again.status, again.headers.get('Location'), again.headers.get('Idempotency-Replayed')]).toEqual([201, first.headers.get('Location'), 'true'])
  expect(await reserved()).toEqual([0, 100])
  expect(await refusal(await create(200, key))).toEqual([422, 'idempotency_key_reused'])
})

test('a wrong offset, a wrong content type, a wrong version and a wrong length are refused by the protocol’s statuses', async () => {
  const path = await created(2 * CHUNK)
  expect(await refusal(await patch(path, 5, file(CHUNK)))).toEqual([409, 'offset_mismatch'])
  expect(await refusal(await patch(path, 0, file(CHUNK), { 'Upload-Offset': '-1' }))).toEqual([400, 'offset_invalid'])
  expect(await refusal(await patch(path, 0, file(CHUNK), { 'Content-Type': 'application/octet-stream' }))).toEqual([415, 'offset_content_type'])
  const version = await patch(path, 0, file(CHUNK), { 'Tus-Resumable': '0.2.2' })
  expect(version.headers.get('Tus-Version')).toBe('1.0.0')
  expect(await refusal(version)).toEqual([412, 'tus_version'])
  expect(await refusal(await patch(path, 0, file(1000)))).toEqual([400, 'chunk_size_mismatch'])
  expect(await refusal(await patch(path, 0, file(2 * CHUNK + 1)))).toEqual([413, 'file_too_large'])
  for (const size of ['0', '-1', '1.5', 'x', '', '99999999999999999']) expect([size, ...(await refusal(await create(size)))]).toEqual([size, 400, 'size_invalid'])
  expect(await refusal(await create(10 ** 15))).toEqual([413, 'file_too_large'])
  expect(await refusal(await create(10, { 'Upload-Metadata': 'filename ***' }))).toEqual([400, 'metadata_invalid'])
  expect(offsetOf(await head(path))).toBe('0')
})

test('what breaks off, or stops without having said how much it sends, keeps its whole chunks', async () => {
  const source = file(3 * CHUNK)
  const path = await created(source.length)
  const { body, cut } = held(source, CHUNK + 1000)
  const cutOff = patch(path, 0, body).catch(() => null)
  await expect.poll(async () => offsetOf(await head(path)), { timeout: 10_000 }).toBe(String(CHUNK))
  cut()
  await cutOff
  const { body: some, release } = held(source.slice(CHUNK, 2 * CHUNK + 5), CHUNK)
  release()
  const answer = await patch(path, CHUNK, some)
  expect([answer.status, offsetOf(answer)]).toEqual([204, String(2 * CHUNK)])
  expect(offsetOf(await patch(path, 2 * CHUNK, source.slice(2 * CHUNK)))).toBe(String(source.length))
})

test('a checksum that does not fit is 460 and leaves nothing, one that fits counts; both algorithms', async () => {
  const source = file(2 * CHUNK + 7)
  const path = await created(source.length)
  const sumOf = async (name: 'SHA-1' | 'SHA-256', bytes: Uint8Array) => btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest(name, bytes))))
  const two = source.slice(0, 2 * CHUNK)
  expect(await refusal(await patch(path, 0, two, { 'Upload-Checksum': `sha1 ${await sumOf('SHA-1', source)}` }))).toEqual([460, 'checksum_mismatch'])
  expect(offsetOf(await head(path))).toBe('0')
  expect(await refusal(await patch(path, 0, two, { 'Upload-Checksum': 'crc32 AAAAAA==' }))).toEqual([400, 'checksum_unsupported'])
  expect(offsetOf(await patch(path, 0, two, { 'Upload-Checksum': `sha1 ${await sumOf('SHA-1', two)}` }))).toBe(String(2 * CHUNK))
  const rest = source.slice(2 * CHUNK)
  expect(offsetOf(await patch(path, 2 * CHUNK, rest, { 'Upload-Checksum': `sha256 ${await sumOf('SHA-256', rest)}` }))).toBe(String(source.length))
})

test('a terminated upload is gone and its quota is free; so is an expired one', async () => {
  const path = await created(CHUNK)
  expect((await call(path, { method: 'DELETE', key: owner.key, headers: V })).status).toBe(204)
  expect((await head(path)).status).toBe(410)
  expect(await refusal(await patch(path, 0, file(CHUNK)))).toEqual([410, 'upload_aborted'])
  expect(await reserved()).toEqual([0, 0])
  expect((await head(`/tus/${deps.newId('upload')}`)).status).toBe(404)
})

test('clients that cannot send PATCH or DELETE name them in a POST', async () => {
  const path = await created(100)
  const override = (method: string, headers: Record<string, string>, body?: Uint8Array) =>
    call(path, { method: 'POST', key: owner.key, headers: { ...V, 'X-HTTP-Method-Override': method, ...headers }, ...(body ? { body } : {}) })
  expect(await refusal(await override('PUT', {}))).toEqual([400, 'method_not_allowed'])
  expect((await override('PATCH', { ...BYTES, 'Upload-Offset': '0' }, file(100))).headers.get('X-Video-ID')).toMatch(/^vid_/)
})

test('an upload token uploads by tus as it does natively, and sees no other upload', async () => {
  const { token } = await (await post('/api/v1/upload-tokens', { max_size: 100 }, { key: owner.key })).json<{ token: string }>()
  const by = { ...V, Authorization: `Bearer ${token}` }
  const made = await call('/tus', { method: 'POST', headers: { ...by, 'Upload-Length': '100' } })
  const path = new URL(made.headers.get('Location')!).pathname
  const done = await call(path, { method: 'PATCH', headers: { ...by, ...BYTES, 'Upload-Offset': '0' }, body: file(100) })
  expect(done.headers.get('X-Video-ID')).toMatch(/^vid_/)
  expect(await refusal(await call('/tus', { method: 'POST', headers: { ...by, 'Upload-Length': '101' } }))).toEqual([413, 'file_too_large'])
  expect((await call(await created(10), { method: 'HEAD', headers: by })).status).toBe(404)
})

test('an upload whose last answer was lost before its video was made is ended by who asks for its offset', async () => {
  const path = await created(100)
  const id = path.slice('/tus/'.length)
  const headers = { 'X-Upload-ID': id, 'X-Chunk-Index': '0' }
  expect((await call('/api/v1/upload/chunk', { method: 'POST', key: owner.key, headers, body: file(100) })).status).toBe(200)
  const answer = await head(path)
  expect([offsetOf(answer), answer.headers.get('X-Video-ID')]).toEqual(['100', expect.stringMatching(/^vid_/)])
  expect(await deps.videos.find(owner.accountId, answer.headers.get('X-Video-ID')!)).not.toBeNull()
})

test('a disguised file is refused with its last byte, and the upload says so', async () => {
  const path = await created(100)
  expect(await refusal(await patch(path, 0, new TextEncoder().encode('#EXTM3U'.padEnd(100))))).toEqual([422, 'unsupported_media'])
  expect((await head(path)).status).toBe(410)
  expect(await reserved()).toEqual([0, 0])
})
