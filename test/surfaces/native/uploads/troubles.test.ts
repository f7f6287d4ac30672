/** Uploads while the stores fail, while keys die, while others race. */
import { expect, test } from 'vitest'
import { sourceKey } from '../../../../shared/src/objectKeys.ts'
import { type Actor, SCOPES } from '../../../../worker/src/domain/actor.ts'
import { completeUpload } from '../../../../worker/src/domain/uploads/completeUpload.ts'
import { expireUploads } from '../../../../worker/src/domain/uploads/expireUploads.ts'
import { getUpload } from '../../../../worker/src/domain/uploads/getUpload.ts'
import { initUpload, MAX_OPEN_UPLOADS } from '../../../../worker/src/domain/uploads/initUpload.ts'
import { putChunk } from '../../../../worker/src/domain/uploads/putChunk.ts'
import { repairUploads } from '../../../../worker/src/domain/uploads/repairUploads.ts'
import { enrol } from '../../../support/fleet.ts'
import { call, deps, post, type Tenant, tenant } from '../../../support/site.ts'
import { type Trouble, troubledSite } from '../../../support/troubled.ts'
import { CHUNK, complete, DB, file, init, MEDIA, put, refusal, sha256, status } from './support.ts'

const actorOf = ({ accountId }: Tenant): Actor => ({ kind: 'apiKey', accountId, scopes: SCOPES, subjectId: deps.newId('apiKey'), rateLimits: null, siteAdmin: false })
const bodyOf = (bytes: Uint8Array, index: number) => {
  const chunk = bytes.slice(index * CHUNK, (index + 1) * CHUNK)
  return { index, body: new Response(chunk).body, sizeBytes: chunk.length, sha256: null }
}
const faultOf = async (work: Promise<unknown>): Promise<unknown> => {
  const fault = (await work.then(
    () => null,
    (error: unknown) => error,
  )) as { code?: string; details?: { reason?: string; retryAfterSeconds?: number } } | null
  return fault && [fault.code, fault.details?.reason, (fault.details?.retryAfterSeconds ?? 0) > 0]
}
const videosOf = async ({ accountId }: Tenant) => (await deps.videos.totals(accountId)).videos
const quotaOf = async ({ accountId }: Tenant) => {
  const account = await deps.accounts.find(accountId)
  return [account?.storageUsedBytes, account?.storageReservedBytes]
}

test('U10: the thousand-and-first open upload is refused until one of them ends', async () => {
  const mine = await tenant()
  const { upload_id } = await init(mine, 10)
  await DB.prepare(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
     INSERT INTO uploads (id, account_id, video_id, asset_id, filename, title, size_bytes, chunk_bytes, chunk_count, multipart_id, state, created_at, expires_at)
     SELECT 'upl_' || ?2 || i, account_id, video_id, asset_id, filename, title, 0, chunk_bytes, chunk_count, multipart_id, 'open', created_at, expires_at FROM n, uploads WHERE id = ?2`,
  )
    .bind(MAX_OPEN_UPLOADS - 1, upload_id)
    .run()
  const refused = await post('/api/v1/upload/init', { filename: 'a.mp4', size: 10 }, { key: mine.key })
  expect([refused.status, refused.headers.get('Retry-After')]).toEqual([429, '60'])
  expect(await refused.json()).toMatchObject({ code: 'too_many_open_uploads', max_open: MAX_OPEN_UPLOADS })
  expect((await call(`/api/v1/upload/${upload_id}`, { method: 'DELETE', key: mine.key })).status).toBe(204)
  expect((await post('/api/v1/upload/init', { filename: 'a.mp4', size: 10 }, { key: mine.key })).status).toBe(201)
  // Out of the way of what expires in other tests.
  await DB.prepare('DELETE FROM uploads WHERE account_id = ?').bind(mine.accountId).run()
})

test.each<[string, Trouble]>([
  ['the object store fails', { store: 'R2', when: 'before', skip: 0 }],
  ['the object store’s answer is lost', { store: 'R2', when: 'after', skip: 0 }],
  ['the database fails after the object store took the bytes', { store: 'D1', when: 'before', skip: 0 }],
  ['the database’s answer is lost', { store: 'D1', when: 'after', skip: 0 }],
])('U31: %s in the middle of a chunk: it may be sent again, and then it is there', async (_, trouble) => {
  const mine = await tenant()
  const [bytes, site] = [file(CHUNK + 10), troubledSite(() => Date.now())]
  const { id } = await initUpload(site.deps, actorOf(mine), { filename: 'a.mp4', sizeBytes: bytes.length })
  site.next = { ...trouble }
  expect(await faultOf(putChunk(site.deps, actorOf(mine), id, bodyOf(bytes, 0)))).toEqual(['unavailable', 'storage_unavailable', true])
  expect(site.failed).toBe(1)
  for (const index of [0, 1]) await putChunk(site.deps, actorOf(mine), id, bodyOf(bytes, index))
  const { assetId } = await completeUpload(site.deps, actorOf(mine), id)
  expect(await sha256((await MEDIA.get(sourceKey(assetId)))!.body)).toBe(await sha256(bytes))
})

test.each<[string, Trouble]>([
  ['the claim fails', { store: 'D1', when: 'before', skip: 0 }],
  ['the claim’s answer is lost', { store: 'D1', when: 'after', skip: 0 }],
  ['the join fails', { store: 'R2', when: 'before', skip: 0 }],
  ['the join’s answer is lost', { store: 'R2', when: 'after', skip: 0 }],
  ['the look at its first bytes fails', { store: 'R2', when: 'before', skip: 1 }],
  ['the database is down when the video is to be written', { store: 'D1', when: 'before', skip: 1 }],
  ['the database’s last answer is lost', { store: 'D1', when: 'after', skip: 1 }],
])('U32: at the end of an upload %s: who asks again, or the janitor, ends it; there is one video', async (_, trouble) => {
  for (const again of ['client', 'janitor'] as const) {
    const mine = await tenant()
    let ahead = 0
    const [bytes, site] = [file(CHUNK + 10), troubledSite(() => Date.now() + ahead)]
    const { id, assetId } = await initUpload(site.deps, actorOf(mine), { filename: 'a.mp4', sizeBytes: bytes.length })
    for (const index of [0, 1]) await putChunk(site.deps, actorOf(mine), id, bodyOf(bytes, index))
    site.next = { ...trouble }
    await completeUpload(site.deps, actorOf(mine), id).catch(() => {})
    expect(site.failed).toBe(1)
    ahead = 60_000
    if (again === 'janitor') await repairUploads(site.deps, 10)
    const open = (await deps.uploads.find(mine.accountId, id))?.state === 'open'
    // What never was claimed, or was opened again, waits for its client.
    if (again === 'client' || open) await completeUpload(site.deps, actorOf(mine), id)
    expect((await deps.uploads.find(mine.accountId, id))?.state).toBe('completed')
    expect(await sha256((await MEDIA.get(sourceKey(assetId)))!.body)).toBe(await sha256(bytes))
    expect([await videosOf(mine), await quotaOf(mine)]).toEqual([1, [bytes.length, 0]])
  }
})

test('U30: completing races the last chunk: refused or whole, never a short object', async () => {
  for (let round = 0; round < 8; round++) {
    const mine = await tenant()
    const bytes = file(CHUNK + 10, round + 1)
    const { upload_id } = await init(mine, bytes.length)
    await put(mine, upload_id, bytes, 0)
    const [last, early] = await Promise.all([put(mine, upload_id, bytes, 1), complete(mine, upload_id)])
    expect([200, 409]).toContain(early.status)
    // A chunk that met a completion which then found it missing is sent again, as it was told.
    if (last.status !== 200) expect([last.status, (await last.json<{ code: string }>()).code]).toEqual([409, early.status === 200 ? 'upload_completed' : 'upload_completing'])
    if (early.status !== 200) await put(mine, upload_id, bytes, 1)
    expect((await complete(mine, upload_id)).status).toBe(200)
    const { assetId } = (await deps.uploads.find(mine.accountId, upload_id))!
    expect(await sha256((await MEDIA.get(sourceKey(assetId)))!.body)).toBe(await sha256(bytes))
  }
})

test('U34: a day idle, an upload ends: its parts are gone, its quota is free once, chunks are told', async () => {
  const mine = await tenant()
  const bytes = file(CHUNK + 10)
  const { upload_id } = await init(mine, bytes.length)
  await put(mine, upload_id, bytes, 0)
  const { assetId, multipartId } = (await deps.uploads.find(mine.accountId, upload_id))!
  const tomorrow = { ...deps, now: () => Date.now() + 25 * 3_600_000 }
  for (let time = 0; time < 2; time++) await expireUploads(tomorrow, 50)
  expect(await quotaOf(mine)).toEqual([0, 0])
  expect(await refusal(await put(mine, upload_id, bytes, 1))).toEqual([410, 'upload_expired'])
  expect(await status(mine, upload_id)).toMatchObject({ status: 'expired', missing: [], received_bytes: 0 })
  expect(await MEDIA.head(sourceKey(assetId))).toBeNull()
  await expect(MEDIA.resumeMultipartUpload(sourceKey(assetId), multipartId).uploadPart(2, new Uint8Array(10))).rejects.toThrow(/10024|does not exist/)
})

test('U35: a chunk racing the end of its upload is kept and the upload lives, or is told that it has ended; never taken and then gone', async () => {
  const outcomes = new Set<string>()
  for (let round = 0; round < 12; round++) {
    const mine = await tenant()
    const bytes = file(20, round + 1)
    const { upload_id } = await init(mine, bytes.length)
    const now = Date.now() + 24 * 3_600_000 + 1
    const late = { ...deps, now: () => now }
    const chunk = () => putChunk(late, actorOf(mine), upload_id, bodyOf(bytes, 0)).then(() => 'kept', (fault) => fault.details.reason as string)
    const [outcome] = await Promise.all(round % 2 ? [chunk(), expireUploads(late, 500)] : [expireUploads(late, 500), chunk()].reverse() as [Promise<string>, Promise<void>])
    outcomes.add(outcome)
    const { upload, receivedCount } = await getUpload(late, actorOf(mine), upload_id)
    expect([outcome, upload.state, receivedCount]).toEqual(outcome === 'kept' ? ['kept', 'open', 1] : ['upload_expired', 'expired', 0])
  }
  expect(outcomes.size).toBeGreaterThan(0)
})

test('U36: a key revoked in the middle stops at once; another key of the account goes on', async () => {
  const owner = await tenant()
  const fresh = async () => (await post('/api/v1/api-keys', { name: 'ci' }, { key: owner.key })).json<{ id: string; key: string }>()
  const [first, second] = [await fresh(), await fresh()]
  const bytes = file(CHUNK + 10)
  const by = (key: string): Tenant => ({ ...owner, key })
  const { upload_id } = await init(by(first.key), bytes.length)
  expect((await put(by(first.key), upload_id, bytes, 0)).status).toBe(200)
  expect((await call(`/api/v1/api-keys/${first.id}`, { method: 'DELETE', key: owner.key })).status).toBe(204)
  expect(await refusal(await put(by(first.key), upload_id, bytes, 1))).toEqual([401, 'api_key_revoked'])
  expect(await status(by(second.key), upload_id)).toMatchObject({ missing: [1] })
  expect((await put(by(second.key), upload_id, bytes, 1)).status).toBe(200)
  expect((await complete(by(second.key), upload_id)).status).toBe(200)
})

test('U37: the digest a client gave of its whole file goes to the host that reads it first; another file fails the video by name, and is kept', async () => {
  const mine = await tenant()
  const bytes = file(100)
  const sum = await sha256(bytes)
  expect(await refusal(await post('/api/v1/upload/init', { filename: 'a.mp4', size: 100, sha256: 'x' }, { key: mine.key }))).toEqual([400, 'invalid_request'])
  const { upload_id } = await init(mine, bytes.length, { sha256: sum })
  await put(mine, upload_id, bytes, 0)
  const { video_id } = await (await complete(mine, upload_id)).json<{ video_id: string }>()
  const agent = await enrol()
  const { assetId } = (await deps.uploads.find(mine.accountId, upload_id))!
  let lease = await agent.claim('prepare')
  while (lease && lease.source.key !== sourceKey(assetId)) lease = await agent.claim('prepare')
  expect(lease?.task).toEqual({ kind: 'prepare', sha256: sum })
  const failure = { epoch: lease!.epoch, class: 'permanent', reason: 'source_checksum_mismatch', message: 'Another file.' }
  expect((await agent.post(`jobs/${lease!.id}/fail`, failure)).status).toBeLessThan(300)
  expect(await (await call(`/api/v1/videos/${video_id}`, { key: mine.key })).json()).toMatchObject({ status: 'failed', error: { code: 'source_checksum_mismatch' } })
  expect((await MEDIA.head(sourceKey(assetId)))?.size).toBe(100)
})

test('U42: the sixty-first init of a minute is refused with when to come back; chunks never are', async () => {
  const mine = await tenant()
  const { upload_id } = await init(mine, 20)
  const answers = await Promise.all(Array.from({ length: 70 }, () => post('/api/v1/upload/init', { filename: 'a.mp4', size: 1 }, { key: mine.key })))
  expect(answers.filter(({ status: code }) => code === 201)).toHaveLength(59)
  const refused = answers.find(({ status: code }) => code !== 201)!
  expect([refused.status, Number(refused.headers.get('Retry-After')) > 0]).toEqual([429, true])
  const chunks = await Promise.all(Array.from({ length: 80 }, () => put(mine, upload_id, file(20), 0)))
  expect(new Set(chunks.map(({ status: code }) => code))).toEqual(new Set([200]))
})
