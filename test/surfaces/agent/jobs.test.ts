import { PROTOCOL } from '../../../shared/src/agent.ts'
import { beforeEach, expect, test } from 'vitest'
import type { JobLease } from '../../../shared/src/job.ts'
import { sourcePartKey } from '../../../shared/src/objectKeys.ts'
import { removeLeftovers } from '../../../worker/src/domain/encodes/removeLeftovers.ts'
import { failEncode } from '../../../worker/src/domain/encodes/failEncode.ts'
import { commitJob } from '../../../worker/src/domain/jobs/commitJob.ts'
import { sweep } from '../../../worker/src/domain/jobs/sweep.ts'
import type { Deps } from '../../../worker/src/domain/ports.ts'
import { CAPABILITIES, enrol, queuedVideo, type TestAgent } from '../../support/fleet.ts'
import { manifest, media } from '../../support/handIn.ts'
import { call, deps, tenant } from '../../support/site.ts'

let agent: TestAgent & { credential: string }
/** Every test begins with an empty queue and an agent of its own. */
beforeEach(async () => {
  agent = await enrol()
  for (let lease = await agent.claim('prepare', 'encode', 'audio', 'images'); lease; lease = await agent.claim('prepare', 'encode', 'audio', 'images')) {
    await failEncode(deps, lease.encodeId as never, { reason: 'test', message: 'Cleared away.' }, [])
  }
})
const refusal = async (answer: Response) => [answer.status, (await answer.json<{ code: string }>()).code]

test('A42: an enrolment code makes one agent, once; a wrong credential is refused', async () => {
  const body = JSON.stringify({ protocol: PROTOCOL, name: 'x', bootId: 'boot-0001', enrolmentCode: 'enrol_used', capabilities: CAPABILITIES })
  expect(await refusal(await call('/agent/v1/register', { method: 'POST', body }))).toEqual([403, 'invalid_enrolment_code'])
  expect(await refusal(await call('/agent/v1/jobs/claim', { method: 'POST', body: '{"kinds":["encode"]}' }))).toEqual([401, 'invalid_agent_credential'])
  const { key } = await tenant()
  expect(await refusal(await call('/agent/v1/jobs/claim', { method: 'POST', key, body: '{"kinds":["encode"]}' }))).toEqual([401, 'invalid_agent_credential'])
  expect((await call('/api/v1/videos', { headers: { Authorization: `Bearer ${agent.credential}` } })).status).toBe(401)
})

test('prepare goes straight on with chunk 0; the video is playable with its first chunk and sound, ready with the last', async () => {
  const mine = await tenant()
  const video = await queuedVideo(mine)
  const shown = async () => (await call(`/api/v1/videos/${video.id}`, { key: mine.key })).json<{ status: string; playable: boolean; progress: number }>()
  const prepare = (await agent.claim('prepare'))!
  const { next: first } = await (await agent.commit(prepare, { kind: 'prepare', media: media(20) })).json<{ next: NonNullable<typeof prepare> }>()
  expect(first.task).toMatchObject({ kind: 'encode', chunk: { index: 0, startFrame: 0, endFrame: 120 }, keys: [{ index: 0 }] })
  const sound = (await agent.claim('audio'))!
  expect((await agent.commit(first, { kind: 'encode', manifest: manifest(first, 1) })).status).toBe(200)
  expect(await shown()).toMatchObject({ status: 'processing', playable: false })
  await agent.commit(sound, { kind: 'audio', manifest: manifest(sound, 1), final: false })
  expect(await shown()).toMatchObject({ status: 'processing', playable: true, progress: 0.2 })
  await agent.commit(sound, { kind: 'audio', manifest: manifest(sound, 5), final: true })
  const rest = [(await agent.claim('encode'))!, (await agent.claim('encode'))!]
  expect(rest.map(({ task }) => task.kind === 'encode' && [task.chunk.startFrame, task.chunk.endFrame])).toEqual([
    [120, 360],
    [360, null],
  ])
  for (const lease of rest) expect((await agent.commit(lease, { kind: 'encode', manifest: manifest(lease, 2) })).status).toBe(200)
  expect(await shown()).toMatchObject({ status: 'ready', playable: true, progress: 1 })
  const images = (await agent.claim('images'))!
  expect(images.task).toMatchObject({ kind: 'images', smallest: { name: 'v240', segmentKeys: expect.arrayContaining([expect.stringMatching(/v240\/0-1-0\.m4s$/)]) } })
})

test('chunks committed at the same moment are all kept', async () => {
  const mine = await tenant()
  const video = await queuedVideo(mine)
  const prepare = (await agent.claim('prepare'))!
  const { next } = await (await agent.commit(prepare, { kind: 'prepare', media: media(59) })).json<{ next: typeof prepare }>()
  const leases = [next]
  for (let lease = await agent.claim('encode', 'audio'); lease; lease = await agent.claim('encode', 'audio')) leases.push(lease)
  const answers = await Promise.all(
    leases.map((lease) => {
      const { task } = lease
      const segments = task.kind === 'encode' ? Math.ceil(((task.chunk.endFrame ?? task.plan.expectedFrames) - task.chunk.startFrame) / 120) : 15
      return agent.commit(lease, task.kind === 'audio' ? { kind: 'audio', manifest: manifest(lease, segments), final: true } : { kind: 'encode', manifest: manifest(lease, segments) })
    }),
  )
  expect(answers.map(({ status }) => status)).toEqual(leases.map(() => 200))
  expect((await deps.videos.find(mine.accountId, video.id))?.status).toBe('ready')
})

test('a beginning that comes last, with another chunk committed between its reading and its writing, ends the encode all the same', async () => {
  const mine = await tenant()
  const video = await queuedVideo(mine)
  const prepare = (await agent.claim('prepare'))!
  const { next } = await (await agent.commit(prepare, { kind: 'prepare', media: media(20) })).json<{ next: JobLease }>()
  const sound = (await agent.claim('audio'))!
  await agent.commit(sound, { kind: 'audio', manifest: manifest(sound, 5), final: true })
  const rest = [(await agent.claim('encode'))!, (await agent.claim('encode'))!]
  await agent.commit(rest[0]!, { kind: 'encode', manifest: manifest(rest[0]!, 2) })
  const others = [rest[1]!]
  const interrupted: Deps = {
    ...deps,
    encodes: {
      ...deps.encodes,
      async outlines(id) {
        const read = await deps.encodes.outlines(id)
        for (const lease of others.splice(0)) expect((await agent.commit(lease, { kind: 'encode', manifest: manifest(lease, 2) })).status).toBe(200)
        return read
      },
    },
  }
  const host = (await deps.agents.findByCredentialHash(await deps.crypto.sha256Hex(agent.credential)))!
  await commitJob(interrupted, { agentId: host.id, host }, next.id, next.epoch, { kind: 'encode', manifest: manifest(next, 1) })
  expect((await deps.videos.find(mine.accountId, video.id))?.status).toBe('ready')
})

test('chunks of other init segments than the first of their stream are refused, even if they come at the same moment', async () => {
  await queuedVideo(await tenant())
  const prepare = (await agent.claim('prepare'))!
  await agent.commit(prepare, { kind: 'prepare', media: media(59) })
  const leases = [(await agent.claim('encode'))!, (await agent.claim('encode'))!]
  const said = async (answer: Response) => [answer.status, (await answer.json<{ code?: string }>()).code]
  const answers = await Promise.all(leases.map(async (lease, at) => said(await agent.commit(lease, { kind: 'encode', manifest: manifest(lease, 2, 'ac'[at]) }))))
  expect(answers.toSorted()).toEqual([[200, undefined], [422, 'init_mismatch']])
  const [other] = leases.filter((_, at) => answers[at]![0] === 422)
  expect(await said(await agent.commit(other!, { kind: 'encode', manifest: manifest(other!, 2, other === leases[0] ? 'c' : 'a') }))).toEqual([200, undefined])
})

test('a permanent failure fails the video with its reason and leaves no work behind', async () => {
  const mine = await tenant()
  const video = await queuedVideo(mine)
  const lease = (await agent.claim('prepare'))!
  const report = { epoch: lease.epoch, class: 'permanent', reason: 'not_a_video', message: 'The file is not a video.' }
  expect((await agent.post(`jobs/${lease.id}/fail`, report)).status).toBe(204)
  expect(await (await call(`/api/v1/videos/${video.id}`, { key: mine.key })).json()).toMatchObject({ status: 'failed', error: { code: 'not_a_video', message: 'The file is not a video.' } })
  expect(await agent.claim('prepare', 'encode', 'audio', 'images')).toBeNull()
})

test('retryable failures are tried again, at most five times', async () => {
  const mine = await tenant()
  const video = await queuedVideo(mine)
  for (let attempt = 1; attempt <= 5; attempt++) {
    const [job] = await deps.encodes.listByAsset(video.assetId)
    const lease = await deps.jobs.claim({ agentId: (await agentId())!, kinds: ['prepare'], abilities: ['libx264'], now: deps.now() + 3_600_000, leaseUntil: deps.now() + 45_000 })
    expect([job?.state, lease?.epoch]).toEqual(['planning', attempt])
    await agent.post(`jobs/${lease!.id}/fail`, { epoch: attempt, class: 'retryable', reason: 'host_error', message: 'x' })
  }
  expect(await deps.videos.find(mine.accountId, video.id)).toMatchObject({ status: 'failed', errorReason: 'encoding_failed' })
})

test.each([
  ['J17', 'a full disk', 'disk_full'],
  ['J17', 'a disk that cannot be written to', 'disk_unwritable'],
  ['J19', 'a wrong clock', 'clock_skew'],
])('%s: %s is the trouble of its host: it is no attempt at the input, and yet no job goes round for ever', async (_, __, reason) => {
  const mine = await tenant()
  const video = await queuedVideo(mine)
  const full = { class: 'retryable', reason, message: 'x' }
  const take = async () => (await deps.jobs.claim({ agentId: (await agentId())!, kinds: ['prepare'], abilities: ['libx264'], now: deps.now() + 3_600_000, leaseUntil: deps.now() + 45_000 }))!
  for (let epoch = 1; epoch < 12; epoch++) {
    const { id } = await take()
    await agent.post(`jobs/${id}/fail`, { ...full, epoch })
    expect(await deps.jobs.find(id)).toMatchObject({ state: 'queued', attempts: 0 })
  }
  for (let epoch = 12; epoch < 17; epoch++) await agent.post(`jobs/${(await take()).id}/fail`, { ...full, epoch })
  expect(await deps.videos.find(mine.accountId, video.id)).toMatchObject({ status: 'failed', errorReason: 'encoding_failed' })
})

test('J21: two crashes on different agents are poison', async () => {
  const mine = await tenant()
  const video = await queuedVideo(mine)
  const other = await enrol()
  const crash = { class: 'crash', reason: 'encoder_crashed', message: 'x' }
  const first = (await agent.claim('prepare'))!
  await agent.post(`jobs/${first.id}/fail`, { ...crash, epoch: 1 })
  await new Promise((resolve) => setTimeout(resolve, 2_100))
  const second = (await other.claim('prepare'))!
  expect(second).toMatchObject({ id: first.id, epoch: 2 })
  await other.post(`jobs/${second.id}/fail`, { ...crash, epoch: 2 })
  expect(await deps.videos.find(mine.accountId, video.id)).toMatchObject({ status: 'failed', errorReason: 'source_crashes_encoder' })
})

test('a lapsed lease goes to another agent; the first one’s late words are refused', async () => {
  const mine = await tenant()
  await queuedVideo(mine)
  const lease = (await agent.claim('prepare'))!
  const job = (await deps.jobs.find(lease.id))!
  await deps.jobs.renew(job.id, job.agentId!, 1, deps.now() - 1, { progress: 0, speed: 0 })
  await sweep(deps)
  const other = await enrol()
  expect(await other.claim('prepare')).toMatchObject({ id: lease.id, epoch: 2 })
  expect(await refusal(await agent.post(`jobs/${lease.id}/heartbeat`, { epoch: 1, progress: 0.5 }))).toEqual([409, 'lease_lost'])
  expect(await refusal(await agent.commit(lease, { kind: 'prepare', media: media(4) }))).toEqual([409, 'lease_lost'])
})

test('J25: deleting a video cancels its running job, gives the quota back, and the sweep removes every object', async () => {
  const mine = await tenant()
  const video = await queuedVideo(mine)
  await deps.objects.put(sourcePartKey(video.assetId, '0'), new Uint8Array([1]), 1, 'video/mp4')
  const lease = (await agent.claim('prepare'))!
  expect((await call(`/api/v1/videos/${video.id}`, { method: 'DELETE', key: mine.key })).status).toBe(204)
  expect(await (await agent.post(`jobs/${lease.id}/heartbeat`, { epoch: 1, progress: 0 })).json()).toMatchObject({ cancel: true })
  expect((await deps.accounts.find(mine.accountId))?.storageUsedBytes).toBe(0)
  const { removeDeleted } = await import('../../../worker/src/domain/videos/removeDeleted.ts')
  await removeDeleted({ ...deps, now: () => deps.now() + 120_000 }, 10)
  expect(await deps.objects.list(`src/${video.assetId}`)).toEqual([])
  expect(await deps.assets.find(video.assetId)).toBeNull()
})

test('A42: a job’s holder reads its source and writes its own encode’s objects, nothing else', async () => {
  const mine = await tenant()
  const video = await queuedVideo(mine)
  const lease = (await agent.claim('prepare'))!
  const object = (key: string, init: RequestInit = {}) =>
    call(`/agent/v1/jobs/${lease.id}/objects/${key}?epoch=1`, { ...init, headers: { Authorization: `Bearer ${agent.credential}`, ...(init.headers as object) } })
  expect(new Uint8Array(await (await object(`src/${video.assetId}/source`, { headers: { Range: 'bytes=1-2' } })).arrayBuffer())).toEqual(new Uint8Array([2, 3]))
  expect((await object(`vod/${lease.encodeId}/v240/0-1-0.m4s`, { method: 'PUT', body: 'x' })).status).toBe(204)
  await deps.objects.put(sourcePartKey(video.assetId, '2-7'), new Uint8Array([8, 9]), 2, 'video/mp4')
  expect(new Uint8Array(await (await object(sourcePartKey(video.assetId, '2-7'), { headers: { Range: 'bytes=1-1' } })).arrayBuffer())).toEqual(new Uint8Array([9]))
  expect((await object(sourcePartKey(video.assetId, '2-7'), { method: 'PUT', body: 'x' })).status).toBe(404)
  for (const key of ['src/ast_00000000000000000000000000/source', `vod/enc_00000000000000000000000000/v240/init.mp4`, `vod/${lease.encodeId}/../x`]) {
    expect((await object(key)).status).toBe(404)
    expect((await object(key, { method: 'PUT', body: 'x' })).status).toBe(404)
  }
})

async function agentId() {
  return (await deps.agents.findByCredentialHash(await deps.crypto.sha256Hex(agent.credential)))?.id
}

test('J07: a commit whose answer got lost is answered again as it was: the lease on the first chunk, or nothing more to do', async () => {
  await queuedVideo(await tenant())
  const prepare = (await agent.claim('prepare'))!
  const commit = async () => (await (await agent.commit(prepare, { kind: 'prepare', media: media(20) })).json<{ next: typeof prepare }>()).next
  const [first, again] = [await commit(), await commit()]
  expect(again).toEqual(first)
  const done = () => agent.commit(first, { kind: 'encode', manifest: manifest(first, 1) })
  expect([(await done()).status, (await done()).status]).toEqual([200, 200])
  expect(await (await done()).json()).toEqual({ next: null })
  const stranger = await enrol()
  expect(await refusal(await stranger.commit(first, { kind: 'encode', manifest: manifest(first, 1) }))).toEqual([409, 'lease_lost'])
})

test('J27: a host of another protocol is told so when it registers and when it claims, and gets no work it would lose', async () => {
  await queuedVideo(await tenant())
  const told = (protocol: number) =>
    call('/agent/v1/register', {
      method: 'POST',
      headers: { Authorization: `Bearer ${agent.credential}` },
      body: JSON.stringify({ protocol, name: 'test', bootId: crypto.randomUUID(), capabilities: CAPABILITIES, fromTheFuture: true }),
    })
  expect(await refusal(await told(PROTOCOL - 1))).toEqual([422, 'agent_too_old'])
  expect(await refusal(await told(PROTOCOL + 1))).toEqual([422, 'agent_too_new'])
  expect((await told(PROTOCOL)).status).toBe(200)
  const { id } = (await deps.agents.findByCredentialHash(await deps.crypto.sha256Hex(agent.credential)))!
  await deps.commit([deps.agents.register(id, { name: 'old', bootId: 'boot-old-1', capabilities: CAPABILITIES, protocol: PROTOCOL - 1 }, deps.now())])
  expect(await refusal(await agent.post('jobs/claim', { kinds: ['prepare'] }))).toEqual([422, 'agent_too_old'])
  expect(await (await enrol()).claim('prepare')).not.toBeNull()
})

test('A43, J05, J06: what a lost lease left behind is removed once all work on the encode has ended, images too, and nothing that is referred to', async () => {
  await queuedVideo(await tenant())
  const prepare = (await agent.claim('prepare'))!
  const facts = { ...media(4), audio: [] }
  const { next } = await (await agent.commit(prepare, { kind: 'prepare', media: facts })).json<{ next: typeof prepare }>()
  const prefix = `vod/${next.encodeId}/`
  const put = (key: string) => deps.objects.put(prefix + key, new Uint8Array([1]), 1, 'video/mp4')
  const [live, lost] = [['v360/init.mp4', 'v240/init.mp4', 'v360/0-1-0.m4s', 'v240/0-1-0.m4s'], ['v360/0-9-0.m4s', 'v360/1-1-0.m4s', 'images/3-poster.jpg']]
  for (const key of [...live, ...lost]) await put(key)
  const later = { ...deps, now: () => deps.now() + 16 * 60_000 }
  await removeLeftovers(later, 100)
  expect(await deps.objects.list(prefix)).toHaveLength(7)
  await agent.commit(next, { kind: 'encode', manifest: manifest(next, 1) })
  const images = (await agent.claim('images'))!
  await put('images/1-poster.jpg')
  await removeLeftovers(later, 100)
  expect(await deps.objects.list(prefix)).toHaveLength(8)
  await agent.commit(images, { kind: 'images', images: { epoch: 1, poster: { width: 2, height: 2, bytes: 1 }, storyboard: null } })
  await removeLeftovers(deps, 100)
  expect(await deps.objects.list(prefix)).toHaveLength(8)
  await removeLeftovers(later, 100)
  expect(await deps.objects.list(prefix)).toEqual([...live, 'images/1-poster.jpg'].map((key) => prefix + key).sort())
})
