/** Videos as one MP4 file: when it is made, who gets it, when it goes. What is in it: test/transcoder/download.test.ts. */
import { beforeEach, expect, test } from 'vitest'
import { EncodeDownload } from '../../../shared/src/encode.ts'
import type { JobLease } from '../../../shared/src/job.ts'
import { failEncode } from '../../../worker/src/domain/encodes/failEncode.ts'
import { removeLeftovers } from '../../../worker/src/domain/encodes/removeLeftovers.ts'
import type { Video } from '../../../worker/src/domain/videos/video.ts'
import { encoded, enrol, type TestAgent } from '../../support/fleet.ts'
import { call, deps, type Tenant, tenant } from '../../support/site.ts'

const FILE = new TextEncoder().encode('an MP4 of ours')
let agent: TestAgent & { credential: string }
let mine: Tenant
beforeEach(async () => {
  agent = await enrol()
  mine = await tenant()
  for (let lease = await agent.claim('download'); lease; lease = await agent.claim('download')) await failEncode(deps, lease.encodeId as never, { reason: 'test', message: 'Cleared away.' }, [])
})

const put = (video: Pick<Video, 'id'>, body: unknown) => call(`/api/v1/videos/${video.id}`, { method: 'PUT', key: mine.key, body: JSON.stringify(body) })
const shown = async (video: Pick<Video, 'id'>) => (await call(`/api/v1/videos/${video.id}`, { key: mine.key })).json<{ downloadable: boolean; download_url: string | null }>()
const download = (video: Pick<Video, 'id'>, init: RequestInit = {}) => call(`/api/v1/videos/${video.id}/download`, { key: mine.key, ...init })
const refusal = async (answer: Response) => [answer.status, (await answer.json<{ code: string }>()).code]
const taskOf = ({ task }: JobLease) => (task.kind === 'download' ? task : null)!

/** Does what a host does with a lease. */
async function make(lease: JobLease, bytes = FILE): Promise<string> {
  const { key } = taskOf(lease)
  const answer = await call(`/agent/v1/jobs/${lease.id}/objects/${key}?epoch=${lease.epoch}`, { method: 'PUT', body: bytes, headers: { Authorization: `Bearer ${agent.credential}` } })
  expect(answer.status).toBe(204)
  expect((await agent.commit(lease, { kind: 'download', sizeBytes: bytes.length })).status).toBe(200)
  return key
}

/** What the Janitor does once all work on an encode has ended for a while. */
async function tidy(encodeId: string) {
  await deps.commit([deps.jobs.cancelByEncode(encodeId as never, deps.now())])
  await removeLeftovers({ ...deps, now: () => deps.now() + 3_600_000 }, 50)
}

/** A second video on the same asset. */
async function clone(video: Video, edits: Partial<Video>): Promise<Video> {
  const twin = { ...video, id: deps.newId('video'), embedToken: deps.crypto.randomHex(16), version: 1, ...edits }
  await deps.commit([deps.videos.add(twin)])
  return twin
}

test('a video that is to be downloadable gets its file when its encode is ready: the highest H.264 rung and the default sound, whole', async () => {
  const { video, finish, encodeId } = await encoded(mine, false)
  expect(await (await put(video, { downloadable: true })).json()).toMatchObject({ downloadable: true, download_url: null })
  expect(await agent.claim('download')).toBeNull()
  expect(await refusal(await download(video))).toEqual([409, 'download_not_ready'])
  await finish()
  const lease = (await agent.claim('download'))!
  expect(lease.encodeId).toBe(encodeId)
  const { picture, sound, sizeBytes, keys } = taskOf(lease)
  expect(picture).toMatchObject({ name: 'v360', initKey: `vod/${encodeId}/v360/init.mp4` })
  expect([picture?.segmentKeys.length, sound?.name, sound?.segmentKeys.length]).toEqual([5, 'a0', 5])
  expect(sizeBytes).toBe(10 * 100_000)
  expect(keys).toHaveLength(1)
  expect((await shown(video)).download_url).toBeNull()
  await make(lease)
  expect((await shown(video)).download_url).toBe(`http://avocet.test/api/v1/videos/${video.id}/download`)
})

test('the file is served whole, by ranges, by its tag, as HEAD, and kept under the video’s title', async () => {
  const { video } = await encoded(mine, true)
  await put(video, { downloadable: true, title: 'Größe “7/8”: a.b' })
  await make((await agent.claim('download'))!)
  const whole = await download(video)
  expect(whole.status).toBe(200)
  expect(new Uint8Array(await whole.arrayBuffer())).toEqual(FILE)
  expect(whole.headers.get('Content-Type')).toBe('video/mp4')
  expect(whole.headers.get('Content-Disposition')).toBe(`attachment; filename="Groe 7_8_ a.b.mp4"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%E2%80%9C7_8%E2%80%9D%3A%20a.b.mp4`)
  const part = await download(video, { headers: { Range: 'bytes=3-5' } })
  expect([part.status, part.headers.get('Content-Range'), await part.text()]).toEqual([206, `bytes 3-5/${FILE.length}`, 'MP4'])
  expect((await download(video, { headers: { Range: `bytes=${FILE.length}-` } })).status).toBe(416)
  expect((await download(video, { headers: { 'If-None-Match': whole.headers.get('ETag')! } })).status).toBe(304)
  const head = await download(video, { method: 'HEAD' })
  expect([head.status, head.headers.get('Content-Length'), await head.text()]).toEqual([200, String(FILE.length), ''])
})

test('a video that nobody wants to be downloadable costs no work and has no file; a stranger’s does not exist', async () => {
  const { video } = await encoded(mine, true)
  expect(await agent.claim('download')).toBeNull()
  expect(await shown(video)).toMatchObject({ downloadable: false, download_url: null })
  expect(await refusal(await download(video))).toEqual([404, 'download_not_offered'])
  const stranger = await tenant()
  expect(await refusal(await call(`/api/v1/videos/${video.id}/download`, { key: stranger.key }))).toEqual([404, 'video_not_found'])
})

test('asked for twice it is made once; switched off, the file is not served any more, goes, and its quota was never counted', async () => {
  const { video, encodeId } = await encoded(mine, true)
  const used = (await deps.accounts.find(mine.accountId))!.storageUsedBytes
  await put(video, { downloadable: true })
  await put(video, { downloadable: true })
  const key = await make((await agent.claim('download'))!)
  expect(await agent.claim('download')).toBeNull()
  expect((await deps.accounts.find(mine.accountId))!.storageUsedBytes).toBe(used)
  await put(video, { downloadable: false })
  expect(await refusal(await download(video))).toEqual([404, 'download_not_offered'])
  expect(await deps.encodes.find(encodeId as never)).toMatchObject({ download: null })
  await tidy(encodeId)
  expect(await deps.objects.head(key)).toBeNull()
  await put(video, { downloadable: true })
  expect(taskOf((await agent.claim('download'))!)).not.toBeNull()
})

test('the file outlives the housekeeping while it is wanted', async () => {
  const { video, encodeId } = await encoded(mine, true)
  await put(video, { downloadable: true })
  const key = await make((await agent.claim('download'))!)
  await tidy(encodeId)
  expect(await deps.objects.head(key)).not.toBeNull()
})

test('work on a file that is not wanted any more is cancelled, and what it hands in is refused', async () => {
  const { video, encodeId } = await encoded(mine, true)
  await put(video, { downloadable: true })
  const lease = (await agent.claim('download'))!
  await put(video, { downloadable: false })
  expect(await (await agent.post(`jobs/${lease.id}/heartbeat`, { epoch: 1, progress: 0 })).json()).toMatchObject({ cancel: true })
  expect(await refusal(await agent.commit(lease, { kind: 'download', sizeBytes: 5 }))).toEqual([409, 'lease_lost'])
  expect(await deps.encodes.find(encodeId as never)).toMatchObject({ download: null, state: 'ready' })
})

test('a clone that wants it keeps the file: switched off or deleted, the other video takes nothing away', async () => {
  const { video } = await encoded(mine, true)
  await put(video, { downloadable: true })
  await make((await agent.claim('download'))!)
  const twin = await clone((await deps.videos.find(mine.accountId, video.id))!, {})
  await put(video, { downloadable: false })
  expect((await download(twin)).status).toBe(200)
  expect((await download(video)).status).toBe(404)
  await put(video, { downloadable: true })
  expect(await agent.claim('download')).toBeNull()
  expect((await download(video)).status).toBe(200)
  await call(`/api/v1/videos/${twin.id}`, { method: 'DELETE', key: mine.key })
  expect((await download(video)).status).toBe(200)
})

test('with the last video that wants it, the file goes: a clone that does not want it keeps no copy', async () => {
  const { video, encodeId } = await encoded(mine, true)
  await put(video, { downloadable: true })
  await make((await agent.claim('download'))!)
  await clone((await deps.videos.find(mine.accountId, video.id))!, { downloadable: false })
  await call(`/api/v1/videos/${video.id}`, { method: 'DELETE', key: mine.key })
  expect(await deps.encodes.find(encodeId as never)).toMatchObject({ download: null })
})

test('a file that cannot be made leaves the video ready, says so, and is tried again when asked for again', async () => {
  const { video } = await encoded(mine, true)
  await put(video, { downloadable: true })
  const lease = (await agent.claim('download'))!
  await agent.post(`jobs/${lease.id}/fail`, { epoch: 1, class: 'permanent', reason: 'copy_failed', message: 'No.' })
  expect(await refusal(await download(video))).toEqual([422, 'download_failed'])
  expect(await deps.videos.find(mine.accountId, video.id)).toMatchObject({ status: 'ready' })
  await put(video, { downloadable: true })
  await make((await agent.claim('download'))!)
  expect((await download(video)).status).toBe(200)
})

test('a newer encode without a file yet takes none away, and gets its own', async () => {
  const { video, encodeId } = await encoded(mine, true)
  await put(video, { downloadable: true })
  await make((await agent.claim('download'))!)
  const old = (await deps.encodes.find(encodeId as never))!
  const next = { ...old, id: deps.newId('encode'), download: null, createdAt: deps.now() }
  await deps.commit([deps.encodes.add(next), deps.assets.setCurrentEncode(old.assetId, next.id)])
  expect((await download(video)).status).toBe(200)
})

test('no player’s address leads to the file: its name has a secret in it, and media paths do not know it', async () => {
  const { video, encodeId } = await encoded(mine, true)
  await put(video, { downloadable: true })
  const key = await make((await agent.claim('download'))!)
  expect(key).toMatch(new RegExp(`^vod/${encodeId}/download/1-[0-9a-f]{32}\\.mp4$`))
  expect(EncodeDownload.parse((await deps.encodes.find(encodeId as never))!.download)).toEqual({ key, sizeBytes: FILE.length })
  for (const path of [key.slice(4), `${encodeId}/download/1.mp4`]) expect((await call(`/m/${path}`)).status).toBe(404)
})

test('a host writes a large object in parts under its lease; another host, another object or an ended lease writes nothing', async () => {
  const { video } = await encoded(mine, true)
  await put(video, { downloadable: true })
  const lease = (await agent.claim('download'))!
  const { key } = taskOf(lease)
  const parts = (of: string, query: string, init: RequestInit, credential = agent.credential, epoch = '?epoch=1&') =>
    call(`/agent/v1/jobs/${lease.id}/parts/${of}${epoch}${query}`, { ...init, headers: { Authorization: `Bearer ${credential}` } })
  const begin = (of: string, credential?: string) => parts(of, 'type=video%2Fmp4', { method: 'POST' }, credential)
  expect(await refusal(await begin(key, (await enrol()).credential))).toEqual([409, 'lease_lost'])
  for (const other of [`src/${video.assetId}/source`, 'vod/enc_00000000000000000000000000/download/1-00000000000000000000000000000000.mp4']) expect((await begin(other)).status).toBe(404)
  const { upload } = await (await begin(key)).json<{ upload: string }>()
  const body = new Uint8Array(5 * 1024 * 1024).fill(7)
  const etags: string[] = []
  for (const [index, bytes] of [body, FILE].entries()) {
    const answer = await parts(key, `upload=${encodeURIComponent(upload)}&index=${index}`, { method: 'PUT', body: bytes })
    expect(answer.status).toBe(200)
    etags.push((await answer.json<{ etag: string }>()).etag)
  }
  expect(await deps.objects.head(key)).toBeNull()
  expect((await parts(key, '', { method: 'PATCH', body: JSON.stringify({ epoch: 1, upload, etags }) }, agent.credential, '')).status).toBe(204)
  expect((await deps.objects.head(key))?.sizeBytes).toBe(body.length + FILE.length)
  await put(video, { downloadable: false })
  expect(await refusal(await begin(key))).toEqual([409, 'lease_lost'])
})
