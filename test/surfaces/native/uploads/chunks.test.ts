import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { sourceKey } from '../../../../shared/src/objectKeys.ts'
import { call, deps, tenant } from '../../../support/site.ts'
import { CHUNK, complete, file, held, init, MEDIA, put, refusal, sendChunk, sha256, status } from './support.ts'

const SIZE = 2 * CHUNK + 1000

test('U13: a chunk must say which upload; unknown and malformed ids are the same 404', async () => {
  const mine = await tenant()
  const send = (headers: Record<string, string>) =>
    call('/api/v1/upload/chunk', { method: 'POST', key: mine.key, headers: { 'X-Chunk-Index': '0', ...headers }, body: 'x' })
  expect(await refusal(await send({}))).toEqual([400, 'upload_id_required'])
  for (const id of ['upl_00000000000000000000000000', 'nonsense', "' OR 1=1 --"])
    expect(await refusal(await send({ 'X-Upload-ID': id }))).toEqual([404, 'upload_not_found'])
})

test('U14: another tenant’s upload does not exist, byte for byte, and nothing is written', async () => {
  const [mine, other] = [await tenant(), await tenant()]
  const { upload_id } = await init(mine, SIZE)
  const bodies = async (id: string) => {
    const answers = [
      await put(other, id, file(SIZE), 0),
      await call(`/api/v1/upload/${id}`, { key: other.key }),
      await complete(other, id),
      await call(`/api/v1/upload/${id}`, { method: 'DELETE', key: other.key }),
    ]
    return Promise.all(answers.map(async (answer) => [answer.status, (await answer.text()).replace(/"request_id":"[^"]*"/, '')]))
  }
  expect(await bodies(upload_id)).toEqual(await bodies('upl_00000000000000000000000000'))
  expect(await status(mine, upload_id)).toMatchObject({ status: 'open', received_count: 0 })
})

test.each(['', 'abc', '-1', '1.5', '01', '1e3', '0x1', '+1', '1, 1', '99999999999'])('U15: chunk index %j is refused', async (index) => {
  const mine = await tenant()
  const { upload_id } = await init(mine, SIZE)
  expect(await refusal(await put(mine, upload_id, file(SIZE), 0, { 'X-Chunk-Index': index }))).toEqual([400, 'chunk_index_invalid'])
})

test('U16, U17, U18, U19: an index past the end, a short, a long and an empty chunk', async () => {
  const mine = await tenant()
  const { upload_id } = await init(mine, SIZE)
  const send = async (index: number, size: number) => {
    const answer = await call('/api/v1/upload/chunk', {
      method: 'POST',
      key: mine.key,
      headers: { 'X-Upload-ID': upload_id, 'X-Chunk-Index': String(index) },
      body: new Uint8Array(size),
    })
    return { status: answer.status, ...(await answer.json<{ code: string; expected: number }>()) }
  }
  expect(await send(3, 1000)).toMatchObject({ status: 400, code: 'chunk_index_out_of_range' })
  expect(await send(0, CHUNK - 1)).toMatchObject({ status: 400, code: 'chunk_size_mismatch', expected: CHUNK })
  expect(await send(0, CHUNK + 1)).toMatchObject({ status: 413, code: 'chunk_too_large', expected: CHUNK })
  expect(await send(2, 1001)).toMatchObject({ status: 413, code: 'chunk_too_large', expected: 1000 })
  expect(await send(0, 0)).toMatchObject({ status: 400, code: 'chunk_empty' })
})

test('U21: a chunk that is not what its Content-Digest says is refused and not kept; sent again as it should be, it is', async () => {
  const mine = await tenant()
  const { upload_id } = await init(mine, SIZE)
  const bytes = file(SIZE)
  const digestOf = async (part: Uint8Array) => `sha-256=:${btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest('SHA-256', part))))}:`
  const right = await digestOf(bytes.slice(0, CHUNK))
  const send = (digest: string) => put(mine, upload_id, bytes, 0, { 'Content-Digest': digest })
  expect(await refusal(await send(await digestOf(bytes.slice(1, CHUNK))))).toEqual([400, 'digest_mismatch'])
  expect(await refusal(await send('sha-256=nonsense'))).toEqual([400, 'digest_malformed'])
  const unsupported = await send('md5=:AAAA:')
  expect(unsupported.headers.get('Want-Content-Digest')).toBe('sha-256=1')
  expect(await refusal(unsupported)).toEqual([400, 'digest_unsupported'])
  expect(await status(mine, upload_id)).toMatchObject({ received_count: 0 })
  expect((await send(right)).status).toBe(200)
  expect(await refusal(await send(await digestOf(bytes.slice(1, CHUNK))))).toEqual([400, 'digest_mismatch'])
  expect(await status(mine, upload_id)).toMatchObject({ received_count: 1 })
})

test('U18: without Content-Length the stream is cut where the chunk ends, and a short one is refused', async () => {
  const mine = await tenant()
  const { upload_id } = await init(mine, SIZE)
  const send = async (size: number) => {
    let left = size
    const body = new ReadableStream({
      pull(controller) {
        const part = Math.min(left, 65_536)
        left -= part
        if (part === 0) controller.close()
        else controller.enqueue(new Uint8Array(part))
      },
    })
    return refusal(
      await call('/api/v1/upload/chunk', {
        method: 'POST',
        key: mine.key,
        headers: { 'X-Upload-ID': upload_id, 'X-Chunk-Index': '0' },
        body,
      }),
    )
  }
  expect(await send(CHUNK * 3)).toEqual([413, 'chunk_too_large'])
  expect(await send(1000)).toEqual([400, 'chunk_size_mismatch'])
  expect(await status(mine, upload_id)).toMatchObject({ received_count: 0 })
})

test('U20: a chunk that breaks off half-way leaves nothing behind, and goes through the next time', async () => {
  const mine = await tenant()
  const { upload_id } = await init(mine, SIZE)
  const bytes = file(SIZE)
  const broken = held(bytes.slice(0, CHUNK), CHUNK / 2)
  const first = sendChunk(mine, upload_id, 0, broken.body).catch(() => null)
  broken.cut()
  expect((await first)?.ok).not.toBe(true)
  expect(await status(mine, upload_id)).toMatchObject({ status: 'open', received_count: 0, missing: [0, 1, 2] })
  expect(await (await put(mine, upload_id, bytes, 0)).json()).toMatchObject({ duplicate: false })
})

test('U22, U23: the same bytes again are a duplicate, other bytes a conflict', async () => {
  const mine = await tenant()
  const { upload_id } = await init(mine, SIZE)
  const bytes = file(SIZE)
  expect(await (await put(mine, upload_id, bytes, 0)).json()).toMatchObject({ duplicate: false, size: CHUNK })
  expect(await (await put(mine, upload_id, bytes, 0)).json()).toMatchObject({ duplicate: true })
  expect(await status(mine, upload_id)).toMatchObject({ received_bytes: CHUNK, received_count: 1, missing: [1, 2] })
  expect(await refusal(await put(mine, upload_id, file(SIZE, 2), 0))).toEqual([409, 'chunk_conflict'])
  expect(await status(mine, upload_id)).toMatchObject({ received_count: 1 })
})

test('U18, U22: a stored chunk is read again only as far as it goes', async () => {
  const mine = await tenant()
  const { upload_id } = await init(mine, SIZE)
  const bytes = file(SIZE)
  await put(mine, upload_id, bytes, 0)
  const endless = held(file(CHUNK + 1), CHUNK + 1)
  expect(await refusal(await sendChunk(mine, upload_id, 0, endless.body))).toEqual([413, 'chunk_too_large'])
  const short = held(file(1000), 10)
  short.release()
  expect(await refusal(await sendChunk(mine, upload_id, 0, short.body))).toEqual([400, 'chunk_size_mismatch'])
})

test('U23: two different writers of one chunk leave it missing, never mixed, and the upload can go on', async () => {
  const mine = await tenant()
  const { upload_id } = await init(mine, SIZE)
  const [bytes, other] = [file(SIZE), file(SIZE, 2)]
  const slow = held(other.slice(0, CHUNK), 1000)
  const first = sendChunk(mine, upload_id, 0, slow.body)
  for (const index of [0, 1, 2]) expect((await put(mine, upload_id, bytes, index)).status).toBe(200)
  slow.release()
  expect(await refusal(await first)).toEqual([409, 'chunk_conflict'])
  expect(await status(mine, upload_id)).toMatchObject({ missing: [0] })
  expect((await put(mine, upload_id, bytes, 0)).status).toBe(200)
  expect((await complete(mine, upload_id)).status).toBe(200)
  const upload = await deps.uploads.find(mine.accountId, upload_id)
  expect(await sha256((await MEDIA.get(sourceKey(upload!.assetId)))!.body)).toBe(await sha256(bytes))
})

test('U26: a chunk on its way when the upload is aborted is told so', async () => {
  const mine = await tenant()
  const { upload_id } = await init(mine, SIZE)
  const slow = held(file(CHUNK), 1000)
  const first = sendChunk(mine, upload_id, 0, slow.body)
  expect((await call(`/api/v1/upload/${upload_id}`, { method: 'DELETE', key: mine.key })).status).toBe(204)
  slow.release()
  expect(await refusal(await first)).toEqual([410, 'upload_aborted'])
})

test('U24: a slow first request, its retry and the next chunk all succeed, and the file is right', async () => {
  const mine = await tenant()
  const bytes = file(SIZE)
  const { upload_id } = await init(mine, SIZE)
  const slow = held(bytes.slice(0, CHUNK), 1000)
  const first = sendChunk(mine, upload_id, 0, slow.body)
  expect((await put(mine, upload_id, bytes, 0)).status).toBe(200)
  expect((await put(mine, upload_id, bytes, 1)).status).toBe(200)
  slow.release()
  expect((await first).status).toBe(200)
  expect((await put(mine, upload_id, bytes, 2)).status).toBe(200)
  expect(await status(mine, upload_id)).toMatchObject({ received_count: 3, received_bytes: SIZE })
  expect((await complete(mine, upload_id)).status).toBe(200)
  const upload = await deps.uploads.find(mine.accountId, upload_id)
  const object = await MEDIA.get(sourceKey(upload!.assetId))
  expect(await sha256(object!.body)).toBe(await sha256(bytes))
})

test('U25: in any order and in parallel, the object is the source', async () => {
  const size = 5 * CHUNK + 77
  const bytes = file(size)
  const wanted = await sha256(bytes)
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 6 }), async (order) => {
      const mine = await tenant()
      const { upload_id } = await init(mine, size)
      const answers = await Promise.all(order.map((index) => put(mine, upload_id, bytes, index)))
      expect(answers.map((answer) => answer.status)).toEqual(order.map(() => 200))
      expect((await complete(mine, upload_id)).status).toBe(200)
      const upload = await deps.uploads.find(mine.accountId, upload_id)
      const object = await MEDIA.get(sourceKey(upload!.assetId))
      expect(await sha256(object!.body)).toBe(wanted)
    }),
    { numRuns: 4 },
  )
})
