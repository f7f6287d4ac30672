import { expect, test } from 'vitest'
import { objectsOf } from '../../../worker/src/domain/assets/checkAssets.ts'
import { encoded } from '../../support/fleet.ts'
import { call, deps, tenant } from '../../support/site.ts'

const OPERATOR = { Authorization: 'Bearer operator-token-for-tests-0123456789abcdef' }
interface Page {
  encodes: number
  objects: number
  losses: { video_ids: string[]; encode_id: string | null; key: string; expected: number | null; found: number | null }[]
  next: string | null
}

/** What the whole site lost of some videos, page by page. */
async function lossesOf(...videos: string[]): Promise<Page['losses']> {
  const losses: Page['losses'] = []
  for (let after: string | null = ''; after !== null; ) {
    const page: Page = await (await call(`/agent/v1/check?limit=2&after=${after}`, { headers: OPERATOR })).json()
    losses.push(...page.losses)
    after = page.next
  }
  return losses.filter(({ video_ids }) => video_ids.some((id) => videos.includes(id)))
}

/** An encode whose every object is there, in the sizes its rows tell. */
async function wholeVideo() {
  const mine = await tenant()
  const { video, encodeId } = await encoded(mine, true)
  const objects = objectsOf((await deps.encodes.find(encodeId as never))!, await deps.encodes.chunks(encodeId as never))
  expect(objects.size).toBeGreaterThan(10)
  const put = (key: string, bytes: number | null) => deps.objects.put(key, new Uint8Array(bytes ?? 1), bytes ?? 1, 'video/mp4')
  for (const [key, bytes] of objects) await put(key, bytes)
  await call(`/api/v1/videos/${video.id}/subtitles?language=en`, { method: 'POST', key: mine.key, body: 'WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n' })
  return { mine, video, objects, put, track: (await deps.tracks.listByVideo(mine.accountId, video.id))[0]! }
}

test('a site that lost nothing is told so; a lost segment, a cut one, a lost source and a lost track are each named with their video', async () => {
  const { video, objects, put, track } = await wholeVideo()
  expect(await lossesOf(video.id)).toEqual([])

  const [lost, cut] = [...objects.keys()].filter((key) => key.endsWith('.m4s'))
  await deps.objects.delete([lost!, `src/${video.assetId}/source`, track.objectKey])
  await put(cut!, 7)
  const found = await lossesOf(video.id)
  const about = { video_ids: [video.id], asset_id: video.assetId }
  expect(found.sort((a, b) => a.key.localeCompare(b.key))).toEqual(
    [
      { ...about, encode_id: null, key: `src/${video.assetId}/`, expected: 4, found: null },
      { ...about, encode_id: null, key: track.objectKey, expected: track.sizeBytes, found: null },
      { ...about, encode_id: expect.stringMatching(/^enc_/), key: lost, expected: objects.get(lost!), found: null },
      { ...about, encode_id: expect.stringMatching(/^enc_/), key: cut, expected: objects.get(cut!), found: 7 },
    ].sort((a, b) => a.key!.localeCompare(b.key!)),
  )
})

test('what is deleted and waits for its removal is no loss, and looking is for the operator', async () => {
  const { mine, video, objects } = await wholeVideo()
  await deps.objects.delete([...objects.keys()].slice(0, 3))
  expect(await lossesOf(video.id)).toHaveLength(3)
  await call(`/api/v1/videos/${video.id}`, { method: 'DELETE', key: mine.key })
  expect(await lossesOf(video.id)).toEqual([])
  expect((await call('/agent/v1/check', { key: mine.key })).status).toBe(401)
})

test('a lost file to download and a lost poster of one’s choice are losses', async () => {
  const { mine, video } = await wholeVideo()
  const file = { key: `vod/x/download/1-${'0'.repeat(32)}.mp4`, sizeBytes: 9 }
  const encode = (await deps.encodes.listByAsset(video.assetId))[0]!
  const poster = { key: `posters/${video.id}/one`, type: 'image/png' as const, widthPx: 1, heightPx: 1 }
  await deps.commit([
    deps.encodes.save({ ...encode, download: file }),
    deps.videos.save({ ...(await deps.videos.find(mine.accountId, video.id))!, poster: { atSeconds: null, image: poster, jobId: null } }),
  ])
  expect((await lossesOf(video.id)).map(({ key, expected }) => [key, expected]).sort()).toEqual([
    [poster.key, null],
    [file.key, 9],
  ])
})
