/** Segments without encryption: anyone's where the video is, its session's alone elsewhere. */
import { beforeAll, expect, test } from 'vitest'
import type { EncodeId } from '../../../shared/src/ids.ts'
import { isolate } from '../../support/countedD1.ts'
import { encoded } from '../../support/fleet.ts'
import { call, deps, post, type Tenant, tenant } from '../../support/site.ts'

let mine: Tenant
let video: Awaited<ReturnType<typeof encoded>>['video']
let segment: string

beforeAll(async () => {
  mine = await tenant()
  const made = await encoded(mine, true)
  video = made.video
  segment = `/m/${made.encodeId}/v360/0-1-0.m4s`
  const { encode } = (await deps.encodes.committed(made.encodeId as EncodeId))!
  await deps.commit([deps.encodes.save({ ...encode, encryption: 'none' })])
  await deps.objects.put(segment.replace('/m/', 'vod/'), new Uint8Array(4), 4, 'video/mp4')
})
const set = async (edits: object) => expect((await call(`/api/v1/videos/${video.id}`, { key: mine.key, method: 'PUT', body: JSON.stringify(edits) })).status).toBe(200)
/** As isolates see it that know nothing yet. */
const segmentNow = async () => {
  const answer = await isolate().fetch(segment)
  return [answer.status, answer.headers.get('Cache-Control')]
}
async function addressesFor(token: string): Promise<string[]> {
  const here = isolate()
  const session = await (await here.fetch(`/api/stream/${token}/token`, { method: 'POST', body: '{}' })).json<{ playlist_token: string }>()
  return ((await (await here.fetch(`/p/${session.playlist_token}/v360.m3u8`)).text()).match(/^\S*\.m4s$/gm) ?? []).map((uri) => uri.replace(/[^/]*$/, ''))
}

test('of a public video they have one address for all viewers, and caches may keep them for five minutes', async () => {
  expect(new Set(await addressesFor(video.embedToken))).toEqual(new Set([segment.replace(/[^/]*$/, '')]))
  expect(await segmentNow()).toEqual([200, 'public, max-age=300, stale-if-error=0'])
  const warm = isolate()
  await warm.fetch(segment)
  const before = warm.trips()
  await warm.fetch(segment)
  expect(warm.trips() - before).toBe(0)
})

test('a link of a viewer’s own, a domain list or a private video keep them under the session; the common address is gone', async () => {
  const { embed_token } = await (await post('/api/v1/embed-token', { video_id: video.id }, { key: mine.key })).json<{ embed_token: string }>()
  expect(new Set(await addressesFor(embed_token))).toEqual(new Set(['m/v360/']))
  await set({ allowed_domains: ['school.example'] })
  expect(await segmentNow()).toEqual([404, 'no-store'])
  await set({ allowed_domains: [], visibility: 'private' })
  expect(await segmentNow()).toEqual([404, 'no-store'])
  expect(new Set(await addressesFor(embed_token))).toEqual(new Set(['m/v360/']))
  await set({ visibility: 'public' })
  expect((await segmentNow())[0]).toBe(200)
})
