import { expect, test } from 'vitest'
import { call, deps, post, tenant } from '../../../support/site.ts'
import { init, refusal } from './support.ts'

test.each([
  ['no file name', { size: 1 }],
  ['an empty file name', { filename: ' ', size: 1 }],
  ['a number as body', 7],
])('U01: init with %s is refused with the path of what is wrong', async (_, body) => {
  const { key } = await tenant()
  const answer = await post('/api/v1/upload/init', body, { key })
  expect(answer.status).toBe(400)
  const refused = await answer.json<{ code: string; errors: { path: string }[] }>()
  expect(refused.code).toBe('invalid_request')
  expect(refused.errors[0]?.path).toBe(typeof body === 'number' ? '' : 'filename')
})

test.each(['', 'not json', '{"filename":'])('U01: a body of %j is no JSON', async (body) => {
  const { key } = await tenant()
  expect(await refusal(await call('/api/v1/upload/init', { method: 'POST', key, body }))).toEqual([400, 'invalid_json'])
})

test.each([0, -1, 1.5, '5', null, 2 ** 53, Number.MAX_VALUE])('U02: a size of %j is refused', async (size) => {
  const { key } = await tenant()
  expect(await refusal(await post('/api/v1/upload/init', { filename: 'a.mp4', size }, { key }))).toEqual([400, 'size_invalid'])
})

test('U03: a file over the limit is refused with the limit', async () => {
  const { key } = await tenant()
  const answer = await post('/api/v1/upload/init', { filename: 'a.mp4', size: deps.config.maxUploadBytes + 1 }, { key })
  expect([answer.status, answer.headers.get('Upload-Limit')]).toEqual([413, `max-size=${deps.config.maxUploadBytes}`])
  expect(await answer.json()).toMatchObject({ code: 'file_too_large', max_size: deps.config.maxUploadBytes })
})

test('U04: what would pass the quota is refused, and nothing stays reserved', async () => {
  const mine = await tenant({ quotaBytes: 1000 })
  await init(mine, 600)
  expect(await refusal(await post('/api/v1/upload/init', { filename: 'a.mp4', size: 401 }, { key: mine.key }))).toEqual([
    403,
    'quota_exceeded',
  ])
  expect((await deps.accounts.find(mine.accountId))?.storageReservedBytes).toBe(600)
})

test('U05: of two inits that fit alone and not together, exactly one passes', async () => {
  const mine = await tenant({ quotaBytes: 1000 })
  const answers = await Promise.all([600, 601].map((size) => post('/api/v1/upload/init', { filename: 'a.mp4', size }, { key: mine.key })))
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 403])
})

test.each(['a.html', 'a.svg', 'a.m3u8', 'a.exe', 'a.zip'])('U06: %s is no media file', async (filename) => {
  const { key } = await tenant()
  expect(await refusal(await post('/api/v1/upload/init', { filename, size: 1 }, { key }))).toEqual([415, 'unsupported_media_type'])
})

test('U11: the contract’s curl, which sends JSON as a form, opens an upload', async () => {
  const { key } = await tenant()
  const answer = await call('/api/v1/upload/init', {
    method: 'POST',
    key,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: '{"filename":"course-lesson-1.mp4","size":1234567890,"title":"Lesson 1"}',
  })
  expect(answer.status).toBe(201)
  expect(await answer.json()).toMatchObject({ upload_id: expect.any(String), chunk_size: 5242880, chunk_count: 236 })
})

test.each([
  ['two megabytes', JSON.stringify({ filename: 'x'.repeat(2_000_000), size: 1 }), 413, 'body_too_large'],
  ['depth 10,000', '['.repeat(10_000) + ']'.repeat(10_000), 400, 'invalid_request'],
  ['duplicate keys with a bad one last', '{"filename":"a.mp4","size":1,"size":-1}', 400, 'size_invalid'],
  ['__proto__', '{"__proto__":{"polluted":1},"filename":"a.mp4","size":1,"x":1}', 400, 'unknown_field'],
  ['a byte-order mark', '\ufeff{"filename":"a.mp4","size":1}', 400, 'invalid_json'],
  ['invalid UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 400, 'invalid_json'],
  ['a raw NUL', '{"filename":"a\0.mp4","size":1}', 400, 'invalid_json'],
])('U12: hostile JSON (%s) is refused and changes no prototype', async (_, body, status, code) => {
  const { key } = await tenant()
  expect(await refusal(await call('/api/v1/upload/init', { method: 'POST', key, body }))).toEqual([status, code])
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
})

test('U38: a hostile file name is kept as harmless text and never becomes part of a key', async () => {
  const mine = await tenant()
  const { upload_id } = await init(mine, 10, { filename: '../../a\u202e\u0000b\ud800.mp4' })
  const upload = await deps.uploads.find(mine.accountId, upload_id)
  expect(upload).toMatchObject({ filename: 'ab.mp4', title: 'ab' })
})

test('U39: an over-long title is refused', async () => {
  const { key } = await tenant()
  expect(await refusal(await post('/api/v1/upload/init', { filename: 'a.mp4', size: 1, title: 'é'.repeat(5000) }, { key }))).toEqual([
    400,
    'title_too_long',
  ])
})
