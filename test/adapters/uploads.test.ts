import { expect, test } from 'vitest'
import type { Upload, UploadPart } from '../../worker/src/domain/uploads/upload.ts'
import { deps, tenant } from '../support/site.ts'

const DAY_MS = 24 * 3600_000

async function opened(edits: Partial<Upload> = {}): Promise<Upload> {
  const now = deps.now()
  const upload: Upload = {
    id: deps.newId('upload'),
    accountId: (await tenant()).accountId,
    videoId: deps.newId('video'),
    assetId: deps.newId('asset'),
    filename: 'a.mp4',
    title: 'A clip',
    sizeBytes: 30,
    chunkBytes: 10,
    chunkCount: 3,
    multipartId: 'mpu',
    state: 'open',
    completingAt: null,
    createdAt: now,
    expiresAt: now + DAY_MS,
    uploadTokenId: null,
    fills: false,
    sha256: null,
    version: 1,
    ...edits,
  }
  await deps.commit([deps.uploads.add(upload)])
  return upload
}
const part = (upload: Upload, edits: Partial<UploadPart> = {}): UploadPart => ({
  uploadId: upload.id,
  chunkIndex: 0,
  sizeBytes: 10,
  etag: 'one',
  sha256: 'aa',
  storedAt: 1000,
  ...edits,
})
const put = (upload: Upload, edits: Partial<UploadPart> = {}) => deps.uploads.putPart(part(upload, edits), upload.expiresAt)
const found = async (upload: Upload) => (await deps.uploads.find(upload.accountId, upload.id)) as Upload
const refusal = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (fault) => fault.code,
  )

test('an upload comes back as it was put, and only to its own account', async () => {
  const upload = await opened()
  expect(await found(upload)).toEqual(upload)
  expect(await deps.uploads.find((await tenant()).accountId, upload.id)).toBeNull()
})

test('chunks are listed by index, each once', async () => {
  const upload = await opened()
  for (const chunkIndex of [2, 0, 1, 0]) expect(await put(upload, { chunkIndex })).toBe('stored')
  expect((await deps.uploads.parts(upload.id)).map(({ chunkIndex }) => chunkIndex)).toEqual([0, 1, 2])
})

test.each([
  [999, 'one', 1000],
  [1001, 'two', 1001],
])('U24: of two writers of the same bytes, the one stored later keeps its etag (second at %i)', async (storedAt, etag, kept) => {
  const upload = await opened()
  await put(upload)
  expect(await put(upload, { etag: 'two', storedAt })).toBe('stored')
  expect(await deps.uploads.part(upload.id, 0)).toMatchObject({ etag, storedAt: kept })
})

test('U23: two writers of different bytes are a conflict, and the chunk is missing again', async () => {
  const upload = await opened()
  await put(upload)
  await put(upload, { chunkIndex: 1 })
  expect(await put(upload, { sha256: 'bb' })).toBe('conflict')
  expect(await deps.uploads.parts(upload.id)).toMatchObject([{ chunkIndex: 1 }])
})

test.each(['completing', 'completed', 'aborted', 'expired', 'failed'] as const)(
  'U26: an upload that is %s takes no chunk and loses none',
  async (state) => {
    const upload = await opened()
    await put(upload)
    await deps.commit([deps.uploads.save({ ...upload, state })])
    expect(await put(upload, { chunkIndex: 1 })).toBe('closed')
    expect(await put(upload, { sha256: 'bb' })).toBe('closed')
    expect(await deps.uploads.parts(upload.id)).toMatchObject([{ chunkIndex: 0, sha256: 'aa' }])
  },
)

test('a save from an old reading is refused, and none moves the expiry', async () => {
  const upload = await opened()
  await deps.commit([deps.uploads.save({ ...upload, state: 'completing', expiresAt: 1 })])
  expect(await refusal(deps.commit([deps.uploads.save({ ...upload, state: 'aborted' })]))).toBe('conflict')
  expect(await found(upload)).toMatchObject({ state: 'completing', version: 2, expiresAt: upload.expiresAt })
})

test('U34, U35: a chunk moves the expiry on, and an upload that got one meanwhile is not expired', async () => {
  const upload = await opened({ expiresAt: 5000 })
  expect(await deps.uploads.listExpired(6000, 10)).toMatchObject([{ id: upload.id }])
  await deps.uploads.putPart(part(upload), 6000 + DAY_MS)
  expect(await refusal(deps.commit([deps.uploads.expire(upload, 6000)]))).toBe('conflict')
  expect(await deps.uploads.listExpired(6000, 10)).toEqual([])
  await deps.commit([deps.uploads.expire(upload, 6000 + DAY_MS)])
  expect(await found(upload)).toMatchObject({ state: 'expired', version: 2 })
})

test('within an hour the expiry is not written again: no row is written twice for a chunk', async () => {
  const upload = await opened()
  await deps.uploads.putPart(part(upload), upload.expiresAt + 3599_999)
  expect((await found(upload)).expiresAt).toBe(upload.expiresAt)
  await deps.uploads.putPart(part(upload, { chunkIndex: 1 }), upload.expiresAt + 3600_000)
  expect((await found(upload)).expiresAt).toBe(upload.expiresAt + 3600_000)
})

test('completions begun before an instant and not ended are found, oldest first', async () => {
  const [late, early] = [await opened({ state: 'completing', completingAt: 20 }), await opened({ state: 'completing', completingAt: 10 })]
  await opened({ state: 'completing', completingAt: 30 })
  await opened({ state: 'completed', completingAt: null })
  expect((await deps.uploads.listStalled(20, 10)).map(({ id }) => id)).toEqual([early.id, late.id])
})
