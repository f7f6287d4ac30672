/** Posters chosen by a video's owner. What is on them: test/transcoder/images.test.ts. */
import { beforeEach, expect, test } from 'vitest'
import type { JobLease } from '../../../shared/src/job.ts'
import { MAX_POSTER_BYTES } from '../../../worker/src/domain/videos/uploadPoster.ts'
import { removeDeleted } from '../../../worker/src/domain/videos/removeDeleted.ts'
import type { Video } from '../../../worker/src/domain/videos/video.ts'
import { encoded, enrol, queuedVideo, type TestAgent } from '../../support/fleet.ts'
import { manifest, media } from '../../support/handIn.ts'
import { jpeg, png, webp } from '../../support/images.ts'
import { call, deps, ORIGIN, post, type Tenant, tenant, videoOf } from '../../support/site.ts'

let agent: TestAgent & { credential: string }
let mine: Tenant
beforeEach(async () => {
  agent = await enrol()
  mine = await tenant()
  for (let lease = await agent.claim('poster', 'images', 'prepare'); lease; lease = await agent.claim('poster', 'images', 'prepare')) await deps.commit([deps.jobs.cancelByEncode(lease.encodeId as never, deps.now())])
})

const [PNG, JPEG, WEBP] = [png(3, 2), jpeg(3, 2), webp(3, 2)]

const put = (video: Pick<Video, 'id'>, body: BodyInit, headers: Record<string, string> = {}) => call(`/api/v1/videos/${video.id}/poster`, { method: 'PUT', key: mine.key, body, headers })
const pick = (video: Pick<Video, 'id'>, time: unknown) => put(video, JSON.stringify({ time }))
const shown = async (video: Pick<Video, 'id'>) => (await call(`/api/v1/videos/${video.id}`, { key: mine.key })).json<{ poster: unknown; poster_url: string | null }>()
/** Posters may be 5 s old: asked for its facts first, the site looks again. */
async function served({ embedToken }: Pick<Video, 'embedToken'>): Promise<Response> {
  await call(`/api/v1/embed/${embedToken}`)
  return call(`/api/v1/embed/${embedToken}/poster.jpg`)
}
const bytesOf = async (answer: Response) => new Uint8Array(await answer.arrayBuffer())
const refusal = async (answer: Response) => [answer.status, (await answer.json<{ code: string }>()).code]
const taskOf = ({ task }: JobLease) => (task.kind === 'poster' ? task : null)!
const keysOf = (video: Pick<Video, 'id'>) => deps.objects.list(`posters/${video.id}/`)

/** Does what a host does with a lease on a poster. */
async function draw(lease: JobLease, bytes: Uint8Array): Promise<Response> {
  const answer = await call(`/agent/v1/jobs/${lease.id}/objects/${taskOf(lease).key}?epoch=${lease.epoch}`, { method: 'PUT', body: bytes, headers: { Authorization: `Bearer ${agent.credential}` } })
  expect(answer.status).toBe(204)
  return agent.commit(lease, { kind: 'poster', image: { width: 640, height: 360, bytes: bytes.length } })
}
const images = (lease: JobLease) => agent.commit(lease, { kind: 'images', images: { epoch: lease.epoch, poster: { width: 640, height: 360, bytes: 4 }, storyboard: null } })

test.each([
  ['JPEG', JPEG, 'image/jpeg'],
  ['PNG', PNG, 'image/png'],
  ['WebP', WEBP, 'image/webp'],
])('a %s is served with its own type, whatever it was sent as', async (_, bytes, type) => {
  const video = await videoOf(mine)
  const answer = await put(video, bytes, { 'Content-Type': 'application/octet-stream' })
  expect(await answer.json()).toMatchObject({ poster: { source: 'image', time: null }, poster_url: `${ORIGIN}/api/v1/embed/${video.embedToken}/poster.jpg` })
  const picture = await served(video)
  expect([picture.status, picture.headers.get('Content-Type'), picture.headers.get('X-Content-Type-Options')]).toEqual([200, type, 'nosniff'])
  expect(await bytesOf(picture)).toEqual(bytes)
})

test('an image may come in a form, too', async () => {
  const video = await videoOf(mine)
  const form = new FormData()
  form.set('file', new File([PNG], 'x.bin'))
  expect((await call(`/api/v1/videos/${video.id}/poster`, { method: 'PUT', key: mine.key, body: form })).status).toBe(200)
  expect((await served(video)).headers.get('Content-Type')).toBe('image/png')
})

test('what is no image, is too large, or names no moment is refused and changes nothing', async () => {
  const video = await videoOf(mine)
  await put(video, PNG)
  expect(await refusal(await put(video, '<svg xmlns="http://www.w3.org/2000/svg"/>'))).toEqual([415, 'unsupported_image'])
  expect(await refusal(await put(video, 'GIF89a'))).toEqual([415, 'unsupported_image'])
  expect((await put(video, png(3, 2, MAX_POSTER_BYTES + 1))).status).toBe(413)
  expect((await put(video, png(3, 2, MAX_POSTER_BYTES))).status).toBe(200)
  for (const time of ['1', -1, null, undefined]) expect((await pick(video, time)).status).toBe(400)
  expect((await put(video, '{"time":1,"x":2}')).status).toBe(400)
  expect((await put(video, '{"time":')).status).toBe(400)
  expect(await shown(video)).toMatchObject({ poster: { source: 'image' } })
  const stranger = await tenant()
  expect((await call(`/api/v1/videos/${video.id}/poster`, { method: 'PUT', key: stranger.key, body: JPEG })).status).toBe(404)
})

test('everything that shows a poster shows the one its owner chose: session, watch page’s oEmbed, embed facts', async () => {
  const { video } = await encoded(mine, true)
  await put(video, WEBP)
  const session = await (await post(`/api/stream/${video.embedToken}/token`, {})).json<{ poster: string }>()
  const picture = await call(session.poster)
  expect(picture.headers.get('Content-Type')).toBe('image/webp')
  expect(await bytesOf(picture)).toEqual(WEBP)
  const oembed = await (await call(`/oembed?url=${encodeURIComponent(`${ORIGIN}/watch/${video.embedToken}`)}`)).json<{ thumbnail_url: string }>()
  expect(oembed).toMatchObject({ thumbnail_width: 3, thumbnail_height: 2 })
  expect(await bytesOf(await call(oembed.thumbnail_url))).toEqual(WEBP)
  expect(await (await call(`/api/v1/embed/${video.embedToken}`)).json()).toMatchObject({ poster_url: oembed.thumbnail_url })
})

test('a moment of a ready video becomes its poster: the fleet reads that one frame of the highest rung, and nothing else of the video is touched', async () => {
  const { video, encodeId } = await encoded(mine, true)
  expect(await (await pick(video, 9.5)).json()).toMatchObject({ poster: { source: 'time', time: 9.5 }, poster_url: null })
  const lease = (await agent.claim('poster'))!
  const { rung, segment, frame, keys, key } = taskOf(lease)
  expect([lease.encodeId, segment, frame, keys?.length]).toEqual([encodeId, 2, 45, 1])
  expect(rung).toMatchObject({ name: 'v360', width: 640, height: 360, segmentKeys: [`vod/${encodeId}/v360/1-1-1.m4s`] })
  expect(key).toBe(`posters/${video.id}/${lease.id}-1.jpg`)
  expect((await draw(lease, JPEG)).status).toBe(200)
  const picture = await served(video)
  expect([picture.headers.get('Content-Type'), await bytesOf(picture)]).toEqual(['image/jpeg', JPEG])
})

test('a moment beyond the end means the first frame', async () => {
  const { video } = await encoded(mine, true)
  await pick(video, 3600)
  expect(taskOf((await agent.claim('poster'))!)).toMatchObject({ segment: 0, frame: 0 })
})

test.each(['made', 'not made'])('a moment chosen before the video is encoded is remembered, and made when the encode’s own images are %s', async (outcome) => {
  const video = await queuedVideo(mine)
  await pick(video, 4)
  const prepare = (await agent.claim('prepare'))!
  const { next } = await (await agent.commit(prepare, { kind: 'prepare', media: media(4) })).json<{ next: JobLease }>()
  await agent.commit(next, { kind: 'encode', manifest: manifest(next, 1) })
  const sound = (await agent.claim('audio'))!
  await agent.commit(sound, { kind: 'audio', manifest: manifest(sound, 1), final: true })
  expect(await agent.claim('poster')).toBeNull()
  const first = (await agent.claim('images'))!
  if (outcome === 'made') await images(first)
  else await agent.post(`jobs/${first.id}/fail`, { epoch: 1, class: 'permanent', reason: 'no_picture', message: 'No.' })
  const lease = (await agent.claim('poster'))!
  await draw(lease, JPEG)
  expect(await bytesOf(await served(video))).toEqual(JPEG)
  expect(await shown(video)).toMatchObject({ poster: { source: 'time', time: 4 } })
})

test('of two moments chosen one after the other the later wins, however late the first one’s work ends', async () => {
  const { video } = await encoded(mine, true)
  await pick(video, 1)
  const first = (await agent.claim('poster'))!
  await pick(video, 2)
  const second = (await agent.claim('poster'))!
  expect([taskOf(first).frame, taskOf(second).frame]).toEqual([30, 60])
  await draw(second, WEBP)
  expect((await draw(first, PNG)).status).toBe(200)
  expect(await bytesOf(await served(video))).toEqual(WEBP)
  await pick(video, 3)
  await put(video, JPEG)
  expect(await agent.claim('poster')).toBeNull()
  expect(await bytesOf(await served(video))).toEqual(JPEG)
})

test('taken off, the poster of the encode shows again; a moment stays remembered through a new encode', async () => {
  const { video, encodeId } = await encoded(mine, true)
  const encode = (await deps.encodes.find(encodeId as never))!
  await deps.objects.put(`vod/${encodeId}/images/1-poster.jpg`, JPEG, JPEG.length, 'image/jpeg')
  await deps.commit([deps.encodes.save({ ...encode, images: { epoch: 1, poster: { width: 640, height: 360, bytes: JPEG.length }, storyboard: null } })])
  await put(video, PNG)
  const answer = await call(`/api/v1/videos/${video.id}/poster`, { method: 'DELETE', key: mine.key })
  expect(await answer.json()).toMatchObject({ poster: { source: 'automatic', time: null }, poster_url: `${ORIGIN}/api/v1/embed/${video.embedToken}/poster.jpg` })
  const session = await (await post(`/api/stream/${video.embedToken}/token`, {})).json<{ poster: string }>()
  expect(await bytesOf(await call(session.poster))).toEqual(JPEG)
})

test('at most the poster shown and the one before it are kept; none outlives the video', async () => {
  const video = await videoOf(mine)
  for (const bytes of [PNG, JPEG, WEBP, PNG]) {
    await put(video, bytes)
    await expect.poll(async () => (await keysOf(video)).length).toBeLessThanOrEqual(2)
  }
  expect(await keysOf(video)).toHaveLength(2)
  await call(`/api/v1/videos/${video.id}`, { method: 'DELETE', key: mine.key })
  await removeDeleted({ ...deps, now: () => deps.now() + 120_000 }, 50)
  expect(await keysOf(video)).toEqual([])
})

test('two videos on one asset have posters of their own', async () => {
  const { video } = await encoded(mine, true)
  const twin = { ...(await deps.videos.find(mine.accountId, video.id))!, id: deps.newId('video'), embedToken: deps.crypto.randomHex(16), version: 1 }
  await deps.commit([deps.videos.add(twin)])
  await pick(video, 1)
  await pick(twin, 2)
  const leases = [(await agent.claim('poster'))!, (await agent.claim('poster'))!]
  for (const lease of leases) await draw(lease, taskOf(lease).frame === 30 ? PNG : WEBP)
  expect([await bytesOf(await served(video)), await bytesOf(await served(twin))]).toEqual([PNG, WEBP])
})

test('a host writes the poster it makes and no other', async () => {
  const { video } = await encoded(mine, true)
  await pick(video, 1)
  const lease = (await agent.claim('poster'))!
  for (const key of [`posters/${video.id}/other.jpg`, taskOf(lease).key.replace(video.id, deps.newId('video'))]) {
    const answer = await call(`/agent/v1/jobs/${lease.id}/objects/${key}?epoch=1`, { method: 'PUT', body: PNG, headers: { Authorization: `Bearer ${agent.credential}` } })
    expect(answer.status).toBe(404)
  }
})

test('sound alone has no moment to show, but may have an image', async () => {
  const { video, encodeId } = await encoded(mine, true)
  const encode = (await deps.encodes.find(encodeId as never))!
  await deps.commit([deps.encodes.save({ ...encode, plan: { ...encode.plan!, video: [] } })])
  expect(await refusal(await pick(video, 1))).toEqual([422, 'no_picture'])
  expect((await put(video, PNG)).status).toBe(200)
})
