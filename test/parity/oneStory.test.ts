/** One story told through two surfaces leaves the same state: a surface spells, it decides nothing. */
import { expect, test } from 'vitest'
import { call, deps, post, type Tenant, tenant } from '../support/site.ts'
import { api, basic, bodyOf, upload } from '../surfaces/apivideo/client.ts'

const BYTES = new Uint8Array(1000).map((_, at) => at & 255)
const VTT = 'WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n'

/** A video is made with notes, changed, given captions and chapters, and its file, and a second one is made and deleted. */
async function natively(mine: Tenant): Promise<string> {
  const send = (method: string, path: string, body: unknown) => call(`/api/v1${path}`, { method, key: mine.key, body: JSON.stringify(body) })
  const { id } = await bodyOf<{ id: string }>(post('/api/v1/videos', { title: 'Maths', tags: ['a'], metadata: [{ key: 'k', value: 'v' }], panoramic: true }, { key: mine.key }))
  await send('PUT', `/videos/${id}`, { title: 'Sums', tags: ['b', 'c'], visibility: 'private', downloadable: true })
  for (const kind of ['captions', 'chapters']) await call(`/api/v1/videos/${id}/subtitles?language=en&kind=${kind}`, { method: 'POST', key: mine.key, body: VTT })
  await call(`/api/v1/videos/${id}/source?filename=clip.mp4`, { method: 'POST', key: mine.key, body: BYTES })
  const other = await bodyOf<{ id: string }>(post('/api/v1/videos', { title: 'Other' }, { key: mine.key }))
  await send('DELETE', `/videos/${other.id}`, undefined)
  return id
}

async function asApiVideo(mine: Tenant): Promise<string> {
  const { videoId } = await bodyOf<{ videoId: string }>(api(mine, 'POST', '/videos', { title: 'Maths', tags: ['a'], metadata: [{ key: 'k', value: 'v' }], panoramic: true }))
  await api(mine, 'PATCH', `/videos/${videoId}`, { title: 'Sums', tags: ['b', 'c'], public: false, mp4Support: true })
  for (const noun of ['captions', 'chapters']) {
    const body = new FormData()
    body.append('file', new File([VTT], 'en.vtt'))
    await call(`/videos/${videoId}/${noun}/en`, { method: 'POST', headers: basic(mine), body })
  }
  await upload(mine, videoId, BYTES)
  const other = await bodyOf<{ videoId: string }>(api(mine, 'POST', '/videos', { title: 'Other' }))
  await api(mine, 'DELETE', `/videos/${other.videoId}`)
  return `vid_${videoId.slice(2)}`
}

/** All that is kept of the story, without what no two tellings share: ids, secrets, times. */
async function stateOf({ accountId }: Tenant, id: string) {
  const detail = await deps.videos.findDetail(accountId, id)
  if (!detail) return expect.fail('no video')
  const { title, description, visibility, tags, metadata, panoramic, downloadable, presetId, status, allowedDomains } = detail.video
  const parts = await deps.sources.parts(detail.asset.id)
  const account = await deps.accounts.find(accountId)
  const jobs = detail.encode ? await deps.jobs.listByEncode(detail.encode.id) : []
  return {
    video: { title, description, visibility, tags, metadata, panoramic, downloadable, presetId, status, allowedDomains },
    asset: { filename: detail.asset.filename, sizeBytes: detail.asset.sizeBytes, inParts: detail.asset.inParts, parts: parts.map(({ position, sizeBytes, sha256 }) => ({ position, sizeBytes, sha256 })) },
    encode: detail.encode && { state: detail.encode.state, encryption: detail.encode.encryption, jobs: jobs.map(({ kind, priority, state }) => ({ kind, priority, state })) },
    tracks: (await deps.tracks.listByVideo(accountId, id)).map(({ kind, language, label, isDefault, sizeBytes }) => ({ kind, language, label, isDefault, sizeBytes })),
    account: { used: account?.storageUsedBytes, reserved: account?.storageReservedBytes },
    videos: (await deps.videos.list(accountId, { search: null, status: null, sort: 'title' }, { offset: 0, limit: 10 })).total,
  }
}

test('one story, told natively and in api.video’s words, leaves the same state', async () => {
  const [one, other] = [await tenant(), await tenant()]
  const told = [await stateOf(one, await natively(one)), await stateOf(other, await asApiVideo(other))] as const
  expect(told[1]).toEqual(told[0])
  expect(told[0]).toMatchObject({ video: { title: 'Sums', tags: ['b', 'c'], visibility: 'private' }, asset: { sizeBytes: 1000 }, account: { used: 1000, reserved: 0 }, videos: 1 })
  expect(told[0].tracks).toHaveLength(2)
})
