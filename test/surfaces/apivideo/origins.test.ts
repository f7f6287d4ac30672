/** Where a video's source comes from: a file, another video, an address. What a server at that address does stands in native/uploads/imports.test.ts and e2e. */
import { beforeAll, expect, test } from 'vitest'
import type { VideoId } from '../../../shared/src/ids.ts'
import { runImport } from '../../../worker/src/domain/imports/runImport.ts'
import type { Deps } from '../../../worker/src/domain/ports.ts'
import { encoded } from '../../support/fleet.ts'
import { call, deps, type Tenant, tenant } from '../../support/site.ts'
import { api, basic, bodyOf, container, delegated, refusalOf, upload } from './client.ts'

interface Video {
  videoId: string
  title: string
  mp4Support: boolean
  source: { type: string }
}
interface Status {
  ingest: { status: string; filesize: number | null }
  encoding: { playable: boolean; qualities: { type: string; quality: string; status: string }[] }
}
let mine: Tenant
/** Encoded to its end. */
let original: string
beforeAll(async () => {
  mine = await tenant()
  original = `vi${(await encoded(mine, true)).video.id.slice(4)}`
})
const show = (id: string) => bodyOf<Video>(api(mine, 'GET', `/videos/${id}`))
const statusOf = (id: string) => bodyOf<Status>(api(mine, 'GET', `/videos/${id}/status`))
const BYTES = new Uint8Array(1000).map((_, at) => at & 255)
/** The start of an MP4 file, and what follows it. */
const FILE = new Uint8Array([0, 0, 0, 24, ...new TextEncoder().encode('ftypmp42'), 0, 0, 0, 0, ...new TextEncoder().encode('mp42isom'), ...BYTES])

/** A video being fetched, as `POST /videos` leaves it: in this runtime no name leads anywhere, so its address is put in place by native's own words for it. */
async function fetching(wish: Record<string, unknown> = {}): Promise<string> {
  const videoId = await container(mine, { title: 'From afar', ...wish })
  const id: VideoId = `vid_${videoId.slice(2)}`
  const now = deps.now() + 3_600_000
  const video = (await deps.videos.findAny(id))!
  await deps.commit([
    deps.imports.add({
      id: deps.newId('import'), accountId: mine.accountId, videoId: video.id, uploadId: null, sealedUrl: await deps.seals.seal('https://files.acme.dev/a.mp4'), host: 'files.acme.dev', state: 'fetching',
      validator: null, ranges: false, tries: 0, nextAttemptAt: now, errorReason: null, errorMessage: null, createdAt: now, endedAt: null, version: 1,
    }),
    deps.videos.setOriginByAsset(video.assetId, 'import'),
  ])
  return videoId
}
/** Runs a video's import against a server that answers so. */
async function run(videoId: string, answer: () => Response): Promise<void> {
  const [found] = await deps.imports.latest(mine.accountId, [`vid_${videoId.slice(2)}`])
  const outside: Deps = {
    ...deps,
    now: () => deps.now() + 7_200_000,
    outbound: { ...deps.outbound, get: async () => { const made = answer(); return { status: made.status, header: (name: string) => made.headers.get(name), body: made.body } } },
  }
  for (let again: number | null = 0; again !== null && again <= outside.now(); ) again = await runImport(outside, found!.ingest.id)
}

test('an uploaded video says so, before and after its file', async () => {
  const id = await container(mine)
  expect([(await show(id)).source.type, (await statusOf(id)).ingest.status]).toEqual(['upload', 'uploading'])
  await upload(mine, id, BYTES)
  expect([(await show(id)).source.type, (await statusOf(id)).ingest]).toEqual(['upload', expect.objectContaining({ status: 'uploaded', filesize: 1000 })])
})

test('a copy is a second video on the same bytes, ingested and playable at once; it takes no other source and outlives the first', async () => {
  const used = async () => (await deps.accounts.find(mine.accountId))?.storageUsedBytes
  const before = await used()
  const made = await api(mine, 'POST', '/videos', { title: 'Copy', source: original, tags: ['second'] })
  const copy = await made.json<Video>()
  expect([made.status, copy]).toEqual([201, expect.objectContaining({ title: 'Copy', tags: ['second'], source: expect.objectContaining({ type: 'copy' }) })])
  expect(copy.videoId).not.toBe(original)
  expect(await statusOf(copy.videoId)).toMatchObject({ ingest: { status: 'ingested', filesize: 4 }, encoding: { playable: true } })
  expect(await refusalOf(upload(mine, copy.videoId, BYTES))).toEqual([400, 'video-source-already-copied'])
  expect(await used()).toBe(before)
  await api(mine, 'DELETE', `/videos/${original}`)
  expect((await call(`/vod/${copy.videoId}/hls/manifest.m3u8`)).status).toBe(302)
})

test('a copy of what awaits its file, of another account’s video and of none is refused', async () => {
  expect((await api(mine, 'POST', '/videos', { title: 'Copy', source: await container(mine) })).status).toBe(409)
  const foreign = await container(await tenant())
  expect(await refusalOf(api(mine, 'POST', '/videos', { title: 'Copy', source: foreign }))).toEqual([404, 'resource-not-found'])
  expect(await refusalOf(api(mine, 'POST', '/videos', { title: 'Copy', source: `vi${deps.newId('video').slice(4)}` }))).toEqual([404, 'resource-not-found'])
})

test('a video fetched from an address says so, is ingesting while it comes and ingested once it is there', async () => {
  const id = await fetching()
  expect([(await show(id)).source.type, (await statusOf(id)).ingest]).toEqual(['url', expect.objectContaining({ status: 'ingesting', filesize: null })])
  expect(await refusalOf(upload(mine, id, BYTES))).toEqual([400, 'video-source-already-downloaded'])
  await run(id, () => new Response(FILE, { headers: { 'Content-Length': String(FILE.length) } }))
  expect([(await show(id)).source.type, (await statusOf(id)).ingest]).toEqual(['url', expect.objectContaining({ status: 'ingested', filesize: FILE.length })])
  expect(await refusalOf(upload(mine, id, BYTES))).toEqual([400, 'video-source-already-downloaded'])
})

test('an import that fails is told as a failed quality, and the video awaits a file as before', async () => {
  const id = await fetching()
  await run(id, () => new Response(null, { status: 404 }))
  expect(await statusOf(id)).toMatchObject({ ingest: { status: 'uploading' }, encoding: { playable: false, qualities: [{ type: 'hls', quality: '240p', status: 'failed' }] } })
  expect((await show(id)).source.type).toBe('upload')
  expect((await upload(mine, id, BYTES)).status).toBe(201)
  expect((await statusOf(id)).encoding.qualities).toEqual([])
})

test('an import whose video got its file in another way leaves it alone', async () => {
  const id = await fetching()
  const video = await deps.videos.findAny(`vid_${id.slice(2)}`)
  await deps.commit([deps.videos.setOriginByAsset(video!.assetId, 'upload')])
  await upload(mine, id, BYTES)
  await run(id, () => new Response(FILE, { headers: { 'Content-Length': String(FILE.length) } }))
  expect(await deps.videos.findAny(`vid_${id.slice(2)}`)).toMatchObject({ status: 'processing', errorReason: null, origin: 'upload' })
})

test.each([
  ['no address', 'lesson.mp4'],
  ['another protocol', 'ftp://files.acme.dev/a.mp4'],
  ['a file of ours', 'file:///etc/passwd'],
  ['no TLS', 'http://files.acme.dev/a.mp4'],
  ['credentials', 'https://me:secret@files.acme.dev/a.mp4'],
  ['another port', 'https://files.acme.dev:22/a.mp4'],
  ['loopback', 'https://127.0.0.1/a.mp4'],
  ['loopback in another spelling', 'https://0x7f.1/a.mp4'],
  ['IPv6 loopback', 'https://[::1]/a.mp4'],
  ['a cloud’s metadata', 'https://169.254.169.254/latest/meta-data'],
  ['a name of this network', 'https://printer.local/a.mp4'],
  ['our own address', 'https://avocet.test/a.mp4'],
])('an address that is %s (%s) is refused as the member `source`, and no video is made', async (_, source) => {
  const owner = await tenant()
  const answer = await bodyOf(api(owner, 'POST', '/videos', { title: 'x', source }))
  expect(answer).toMatchObject({ status: 400, type: 'https://docs.api.video/reference/invalid-attribute', name: 'source', problems: [{ name: 'source' }] })
  expect(await bodyOf(api(owner, 'GET', '/videos'))).toMatchObject({ pagination: { itemsTotal: 0 } })
})

test('what would make another video than was asked for is not passed over: clips and watermarks are planned', async () => {
  for (const wish of [{ clip: { startTimecode: 3 } }, { watermark: { id: 'watermark_1' } }]) expect((await api(mine, 'POST', '/videos', { title: 'x', ...wish })).status).toBe(501)
  expect((await api(mine, 'POST', '/videos', { title: 'x', clip: null, language: 'en', transcript: true })).status).toBe(201)
})

test('an MP4 is made of every video whose owner does not say otherwise', async () => {
  const { token } = await bodyOf<{ token: string }>(api(mine, 'POST', '/upload-tokens', {}))
  expect((await bodyOf<Video>(delegated(token, BYTES))).mp4Support).toBe(true)
  expect((await show(await container(mine))).mp4Support).toBe(true)
  expect((await show(await container(mine, { mp4Support: false }))).mp4Support).toBe(false)
})

test('a second file in a form is refused, and neither is kept', async () => {
  const owner = await tenant()
  const id = await container(owner)
  const body = new FormData()
  for (const name of ['a', 'b']) body.append(name, new File([BYTES], `${name}.mp4`))
  expect(await refusalOf(call(`/videos/${id}/source`, { method: 'POST', headers: basic(owner), body }))).toEqual([400, 'uploaded-file-multiple-files'])
  expect(await deps.accounts.find(owner.accountId)).toMatchObject({ storageUsedBytes: 0, storageReservedBytes: 0 })
  expect((await upload(owner, id, BYTES)).status).toBe(201)
})
