/** One story told through two surfaces leaves the same state: a surface spells, it decides nothing. */
import { expect, test } from 'vitest'
import { png } from '../support/images.ts'
import { call, deps, post, type Tenant, tenant } from '../support/site.ts'
import { api, basic, bodyOf, delegated, upload } from '../surfaces/apivideo/client.ts'

const BYTES = new Uint8Array(1000).map((_, at) => at & 255)
const WHITE = 'rgba(255, 255, 255, 1)'
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

/** What stands beside videos: a player's look with its logo, a live stream that has it, and a token by which a stranger uploads. */
interface Beside {
  preset: string
  live: string
  token: string
  video: string
}
const RED = 'rgba(200, 0, 0, .9)'
const RESTREAM = { name: 'Elsewhere', url: 'rtmps://live.acme.dev/app', key: 'their-key' }

async function besideNatively(mine: Tenant): Promise<Beside> {
  const send = (method: string, path: string, body: unknown) => call(`/api/v1${path}`, { method, key: mine.key, body: JSON.stringify(body) })
  const theme = { text: WHITE, link: WHITE, link_hover: WHITE, link_active: WHITE, track_played: RED, track_unplayed: 'rgba(255, 255, 255, .35)', track_background: 'rgba(255, 255, 255, .2)', background_top: 'rgba(0, 0, 0, .7)', background_bottom: 'rgba(0, 0, 0, .7)', background_text: WHITE }
  const preset = await bodyOf<{ id: string }>(send('POST', '/presets', { name: 'Brand', settings: { theme, autoplay: true } }))
  await send('PUT', `/presets/${preset.id}`, { settings: { loop: true, hide_title: true } })
  await call(`/api/v1/presets/${preset.id}/logo?link=https://acme.dev/`, { method: 'PUT', key: mine.key, body: png(20, 10), headers: { 'Content-Type': 'image/png' } })
  const live = await bodyOf<{ id: string }>(send('POST', '/live-streams', { name: 'Sunday', visibility: 'private', record: true }))
  await send('PUT', `/live-streams/${live.id}`, { preset_id: preset.id, restreams: [{ name: RESTREAM.name, server_url: RESTREAM.url, stream_key: RESTREAM.key }] })
  await call(`/api/v1/live-streams/${live.id}/thumbnail`, { method: 'PUT', key: mine.key, body: png(40, 20), headers: { 'Content-Type': 'image/png' } })
  const { id: gone } = await bodyOf<{ id: string }>(send('POST', '/presets', { name: 'Gone' }))
  await send('DELETE', `/presets/${gone}`, undefined)
  const { id, token } = await bodyOf<{ id: string; token: string }>(send('POST', '/upload-tokens', { ttl: 600 }))
  const { video_id } = await bodyOf<{ video_id: string }>(call('/api/v1/upload?filename=holiday.mp4', { method: 'POST', headers: { Authorization: `Bearer ${token}` }, body: BYTES }))
  // What a video is called that nobody named, each contract says for itself.
  await send('PUT', `/videos/${video_id}`, { title: 'Holiday', preset_id: preset.id, downloadable: true })
  return { preset: preset.id, live: live.id, token: id, video: video_id }
}

async function besideAsApiVideo(mine: Tenant): Promise<Beside> {
  const file = (bytes: Uint8Array<ArrayBuffer>, fields: Record<string, string> = {}) => {
    const body = new FormData()
    body.append('file', new File([bytes], 'file'))
    for (const [name, value] of Object.entries(fields)) body.append(name, value)
    return { method: 'POST', headers: basic(mine), body }
  }
  const { playerId } = await bodyOf<{ playerId: string }>(api(mine, 'POST', '/players', { name: 'Brand', trackPlayed: RED, forceAutoplay: true }))
  await api(mine, 'PATCH', `/players/${playerId}`, { forceLoop: true, hideTitle: true })
  await call(`/players/${playerId}/logo`, file(png(20, 10), { link: 'https://acme.dev/' }))
  const { liveStreamId } = await bodyOf<{ liveStreamId: string }>(api(mine, 'POST', '/live-streams', { name: 'Sunday', public: false, record: true }))
  await api(mine, 'PATCH', `/live-streams/${liveStreamId}`, { playerId, restreams: [{ name: RESTREAM.name, serverUrl: RESTREAM.url, streamKey: RESTREAM.key }] })
  await call(`/live-streams/${liveStreamId}/thumbnail`, file(png(40, 20)))
  const gone = await bodyOf<{ playerId: string }>(api(mine, 'POST', '/players', { name: 'Gone' }))
  await api(mine, 'DELETE', `/players/${gone.playerId}`)
  const { token } = await bodyOf<{ token: string }>(api(mine, 'POST', '/upload-tokens', { ttl: 600 }))
  const { videoId } = await bodyOf<{ videoId: string }>(delegated(token, BYTES, { filename: 'holiday.mp4' }))
  await api(mine, 'PATCH', `/videos/${videoId}`, { title: 'Holiday', playerId })
  const [found] = (await deps.uploadTokens.list(mine.accountId, { sort: '-created_at', activeAt: null }, { offset: 0, limit: 1 })).items
  return { preset: `pre_${playerId.slice(2)}`, live: `liv_${liveStreamId.slice(2)}`, token: found!.id, video: `vid_${videoId.slice(2)}` }
}

async function stateBeside({ accountId }: Tenant, told: Beside) {
  const [preset, live, token, video] = await Promise.all([deps.presets.find(accountId, told.preset), deps.liveStreams.find(accountId, told.live), deps.uploadTokens.find(accountId, told.token), deps.videos.find(accountId, told.video)])
  if (!preset || !live || !token || !video) return expect.fail('something is missing')
  const account = await deps.accounts.find(accountId)
  const { file: _, ...logo } = preset.logo ?? expect.fail('no logo')
  return {
    preset: { name: preset.name, settings: preset.settings, logo },
    presets: (await deps.presets.list(accountId, 'name', { offset: 0, limit: 10 })).total,
    live: {
      name: live.name, visibility: live.visibility, record: live.record, hasPreset: live.presetId === preset.id, thumbnail: live.thumbnail?.type,
      restreams: await Promise.all(live.restreams.map(async ({ sealedStreamKey, ...rest }) => ({ ...rest, key: await deps.seals.open(sealedStreamKey) }))),
    },
    token: { ttlSeconds: token.ttlSeconds, uploads: token.uploads, maxBytes: token.maxBytes, maxUploads: token.maxUploads, videoId: token.videoId },
    video: { title: video.title, hasPreset: video.presetId === preset.id, downloadable: video.downloadable, status: video.status, origin: video.origin },
    account: { used: account?.storageUsedBytes, reserved: account?.storageReservedBytes },
  }
}

test('players, live streams and upload tokens, told natively and in api.video’s words, leave the same state', async () => {
  const [one, other] = [await tenant(), await tenant()]
  const told = [await stateBeside(one, await besideNatively(one)), await stateBeside(other, await besideAsApiVideo(other))] as const
  expect(told[1]).toEqual(told[0])
  expect(told[0]).toMatchObject({
    preset: { name: 'Brand', settings: { autoplay: true, loop: true, hide_title: true, theme: { track_played: RED } }, logo: { link: 'https://acme.dev/', widthPx: 20 } },
    presets: 1, live: { visibility: 'private', record: true, hasPreset: true, thumbnail: 'image/png', restreams: [{ key: 'their-key' }] },
    token: { ttlSeconds: 600, uploads: 1 }, video: { hasPreset: true, downloadable: true }, account: { used: 1000, reserved: 0 },
  })
})
