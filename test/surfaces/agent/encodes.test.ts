import { env } from 'cloudflare:workers'
import { beforeEach, expect, test } from 'vitest'
import type { JobLease } from '../../../shared/src/job.ts'
import { failEncode } from '../../../worker/src/domain/encodes/failEncode.ts'
import { removeLeftovers } from '../../../worker/src/domain/encodes/removeLeftovers.ts'
import { enrol, queuedVideo, type TestAgent } from '../../support/fleet.ts'
import { manifest, media } from '../../support/handIn.ts'
import { call, deps, post, type Tenant, tenant } from '../../support/site.ts'

const ALL = ['prepare', 'encode', 'audio', 'images', 'text'] as const
let [agent, mine, id] = [null as unknown as TestAgent, null as unknown as Tenant, '']
beforeEach(async () => {
  agent = await enrol()
  mine = await tenant()
  for (let lease = await agent.claim(...ALL); lease; lease = await agent.claim(...ALL)) await failEncode(deps, lease.encodeId as never, { reason: 'test', message: 'x' }, [])
  id = (await queuedVideo(mine)).id
})

interface Shown {
  id: string
  state: string
  is_current: boolean
  error: { code: string } | null
  jobs: { kind: string; stream: string; chunk_index: number; state: string; error: string | null }[]
}
const get = async <T>(path: string) => (await call(`/api/v1/videos/${id}${path}`, { key: mine.key })).json<T>()
const encodes = async () => (await get<{ data: Shown[] }>('/encodes')).data
const video = () => get<{ status: string; playable: boolean }>('')
const act = async (path: string, body?: unknown) => {
  const answer = await (body === undefined ? call(`/api/v1/videos/${id}${path}`, { method: 'POST', key: mine.key }) : post(`/api/v1/videos/${id}${path}`, body, { key: mine.key }))
  return [answer.status, answer.status === 204 ? null : ((await answer.json<{ code?: string }>()).code ?? null)]
}

/** Takes everything that is queued and does it well, but for what `fails` says. */
async function work(fails: (lease: JobLease) => boolean = () => false): Promise<void> {
  let next: JobLease | null = null
  for (let lease = await agent.claim('prepare', 'encode', 'audio'); lease; lease = next ?? (await agent.claim('prepare', 'encode', 'audio'))) {
    next = null
    const { task } = lease
    if (fails(lease)) await agent.post(`jobs/${lease.id}/fail`, { epoch: lease.epoch, class: 'permanent', reason: 'broken', message: 'This part is broken.' })
    else if (task.kind === 'prepare') next = (await (await agent.commit(lease, { kind: 'prepare', media: media(20) })).json<{ next: JobLease }>()).next
    else if (task.kind === 'encode') {
      const frames = (task.chunk.endFrame ?? task.plan.expectedFrames) - task.chunk.startFrame
      await agent.commit(lease, { kind: 'encode', manifest: manifest(lease, frames / 120) })
    } else await agent.commit(lease, { kind: 'audio', manifest: manifest(lease, 5), final: true })
  }
}
/** How encodes of the video ended, as its owner is told. */
async function told(): Promise<unknown[]> {
  const { DB } = env as unknown as { DB: D1Database }
  return (await DB.prepare(`SELECT type FROM events WHERE video_id = ? AND type IN ('video.encoded', 'video.failed') ORDER BY id`).bind(id).all()).results.map(({ type }) => type)
}
const isChunk = (index: number) => ({ task }: JobLease) => task.kind === 'encode' && task.chunk.index === index

test('J26: a re-encode that fails leaves what plays as it was; one that succeeds takes its place', async () => {
  await work()
  const [first] = await encodes()
  expect(first).toMatchObject({ state: 'ready', is_current: true })
  expect(await act('/encodes', {})).toEqual([202, null])
  expect(await act('/encodes', {})).toEqual([409, 'encode_running'])
  expect(await video()).toMatchObject({ status: 'ready', playable: true })
  await work(isChunk(1))
  expect((await encodes()).map(({ state, is_current }) => [state, is_current])).toEqual([['failed', false], ['ready', true]])
  expect(await video()).toMatchObject({ status: 'ready', playable: true })
  // What plays is not told of as failed.
  expect(await told()).toEqual(['video.encoded'])
  await act('/encodes', {})
  await work()
  expect((await encodes()).map(({ state, is_current }) => [state, is_current])).toEqual([['ready', true], ['failed', false], ['ready', false]])
  expect(await told()).toEqual(['video.encoded', 'video.encoded'])
})

test('without encryption, by the account or for one encode, hosts are given no keys', async () => {
  const setting = (encryption: string) => call('/api/v1/settings', { method: 'PUT', key: mine.key, body: JSON.stringify({ encode_encryption: encryption }) })
  expect(await (await setting('none')).json()).toEqual({ encode_codecs: ['h264'], encode_encryption: 'none', api_key_in_query: true })
  const keys: unknown[] = []
  const look = (lease: JobLease) => {
    if ('keys' in lease.task) keys.push(lease.task.keys)
    return false
  }
  await work(look)
  expect([keys.length > 0, keys.every((one) => one === null)]).toEqual([true, true])
  keys.length = 0
  expect(await act('/encodes', { encryption: 'aes-128' })).toEqual([202, null])
  await work(look)
  expect([keys.length > 0, keys.some((one) => one === null)]).toEqual([true, false])
  expect((await encodes()).map((one) => (one as unknown as { encryption: string }).encryption)).toEqual(['aes-128', 'none'])
  expect((await setting('rot13')).status).toBe(400)
})

test('a week after it was replaced or failed, an encode goes with all its objects; what plays stays', async () => {
  await work()
  await act('/encodes', {})
  await work()
  const [current, replaced] = await encodes()
  for (const { id: encode } of [current!, replaced!]) await deps.objects.put(`vod/${encode}/v240/init.mp4`, new Uint8Array([1]), 1, 'video/mp4')
  const { id: asset } = (await deps.assets.find((await deps.encodes.find(current!.id as never))!.assetId))!
  await deps.commit([deps.encodes.save({ ...(await deps.encodes.find(replaced!.id as never))!, createdAt: 0 })])
  await removeLeftovers({ ...deps, now: () => deps.now() + 6 * 24 * 3_600_000 }, 1000)
  expect((await deps.encodes.listByAsset(asset)).length).toBe(2)
  await removeLeftovers({ ...deps, now: () => deps.now() + 8 * 24 * 3_600_000 }, 1000)
  expect((await encodes()).map((encode) => encode.id)).toEqual([current!.id])
  expect(await deps.objects.list(`vod/${replaced!.id}/`)).toEqual([])
  expect(await deps.objects.list(`vod/${current!.id}/`)).toHaveLength(1)
})

test('a failed chunk is tried again on request; what was done stays done, and the video becomes ready', async () => {
  await work(isChunk(2))
  const [failed] = await encodes()
  expect(failed).toMatchObject({ state: 'failed', error: { code: 'broken' } })
  const { jobs } = await get<Shown>(`/encodes/${failed!.id}`)
  expect(jobs.find((job) => job.kind === 'encode' && job.chunk_index === 2)).toMatchObject({ state: 'failed', error: 'broken: This part is broken.' })
  expect(await act(`/encodes/${failed!.id}/chunks/0/retry`)).toEqual([409, 'chunk_not_failed'])
  expect(await act(`/encodes/${failed!.id}/chunks/99/retry`)).toEqual([404, 'chunk_not_found'])
  expect(await act(`/encodes/${failed!.id}/chunks/2/retry`)).toEqual([204, null])
  expect((await video()).status).toBe('processing')
  const taken: number[] = []
  await work((lease) => {
    if (lease.task.kind === 'encode') taken.push(lease.task.chunk.index)
    return false
  })
  expect(taken).toEqual([2])
  expect((await video()).status).toBe('ready')
  expect(await told()).toEqual(['video.failed', 'video.encoded'])
  expect(await act(`/encodes/${failed!.id}/chunks/2/retry`)).toEqual([409, 'encode_not_failed'])
})

test('J25: a cancelled encode ends: its holder is told, nothing more is handed out, the video says why', async () => {
  const lease = (await agent.claim('prepare'))!
  const [encode] = await encodes()
  expect(await act(`/encodes/${encode!.id}/cancel`)).toEqual([204, null])
  expect(await (await agent.post(`jobs/${lease.id}/heartbeat`, { epoch: 1, progress: 0 })).json()).toMatchObject({ cancel: true })
  expect(await agent.claim(...ALL)).toBeNull()
  expect(await video()).toMatchObject({ status: 'failed', error: { code: 'cancelled' } })
  expect(await act(`/encodes/${encode!.id}/cancel`)).toEqual([409, 'encode_ended'])
  await act('/encodes', {})
  await work()
  expect(await video()).toMatchObject({ status: 'ready', error: null })
  expect(await told()).toEqual(['video.failed', 'video.encoded'])
})
