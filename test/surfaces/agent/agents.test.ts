import { beforeEach, expect, test } from 'vitest'
import { PROTOCOL } from '../../../shared/src/agent.ts'
import { failEncode } from '../../../worker/src/domain/encodes/failEncode.ts'
import { replanStranded } from '../../../worker/src/domain/encodes/replanStranded.ts'
import { CAPABILITIES, enrol, queuedVideo, type TestAgent } from '../../support/fleet.ts'
import { manifest, media } from '../../support/handIn.ts'
import { call, deps, type Tenant, tenant } from '../../support/site.ts'

const ALL = ['prepare', 'encode', 'audio', 'images', 'text'] as const
const OPERATOR = { Authorization: 'Bearer operator-token-for-tests-0123456789abcdef' }
let agent: TestAgent & { credential: string }
let mine: Tenant
/** Every test begins with an empty queue, an account and an agent of its own. */
beforeEach(async () => {
  agent = await enrol()
  mine = await tenant()
  for (let lease = await agent.claim(...ALL); lease; lease = await agent.claim(...ALL)) await failEncode(deps, lease.encodeId as never, { reason: 'test', message: 'x' }, [])
})

interface Shown {
  id: string
  name: string
  online: boolean
  draining: boolean
  jobs: number
  speed: number
  capabilities: { encoders: { name: string }[] }
}
const list = async () => (await (await call('/agent/v1/agents', { headers: OPERATOR })).json<{ data: Shown[]; total: number }>()).data
const operate = async (path: string) => (await call(`/agent/v1/agents/${path}`, { method: 'POST', headers: OPERATOR })).status
/** The agent enrolled last is listed first. */
const newest = async () => (await list())[0]!

test('operators see every host: what it was proven with, what it holds and how fast it goes', async () => {
  await queuedVideo(mine)
  const lease = (await agent.claim('prepare'))!
  expect(lease.waitedMs).toBeGreaterThanOrEqual(0)
  expect((await agent.post(`jobs/${lease.id}/heartbeat`, { epoch: 1, progress: 0.5, speed: 3.25 })).status).toBe(200)
  expect(await newest()).toMatchObject({ name: 'test', online: true, draining: false, jobs: 1, speed: 3.25, capabilities: { encoders: [{ name: 'libx264' }] } })
})

test('hosts are for the operator alone', async () => {
  const { id } = await newest()
  const credentials: Record<string, string>[] = [{}, { 'X-API-Key': mine.key }, { Authorization: `Bearer ${agent.credential}` }]
  for (const headers of credentials) {
    expect((await call('/agent/v1/agents', { headers })).status).toBe(401)
    expect((await call(`/agent/v1/agents/${id}/drain`, { method: 'POST', headers })).status).toBe(401)
  }
  expect(JSON.stringify(await list())).not.toMatch(/credential|avagent_|boot/i)
  expect(await operate(`${id.slice(0, -4)}aaaa/drain`)).toBe(404)
  expect(await operate('nobody/drain')).toBe(404)
})

test('a drained host finishes what it holds and gets no more, until it is taken back', async () => {
  await queuedVideo(mine)
  await queuedVideo(mine)
  const { id } = await newest()
  const held = (await agent.claim('prepare'))!
  expect(await operate(`${id}/drain`)).toBe(204)
  expect((await newest()).draining).toBe(true)
  expect(await agent.claim(...ALL)).toBeNull()
  expect(await (await agent.post(`jobs/${held.id}/heartbeat`, { epoch: 1, progress: 0.1 })).json()).toEqual({ cancel: false, drain: true })
  expect((await agent.commit(held, { kind: 'prepare', media: media(8) })).status).toBe(200)
  expect(await operate(`${id}/resume`)).toBe(204)
  expect((await agent.claim('prepare'))?.task.kind).toBe('prepare')
})

test('a drained host that asks for work is kept waiting like any other, not answered at once again and again', async () => {
  const { id } = await newest()
  await operate(`${id}/drain`)
  const startedAt = performance.now()
  expect(await (await call('/agent/v1/jobs/claim?wait=1', { method: 'POST', headers: { Authorization: `Bearer ${agent.credential}` }, body: '{"kinds":["encode"]}' })).json()).toEqual({ lease: null })
  expect(performance.now() - startedAt).toBeGreaterThan(900)
})

/** A host registers again, under the same boot, with other encoders. */
const becomes = (host: TestAgent, ...encoders: string[]) =>
  host.post('register', {
    protocol: PROTOCOL,
    name: 'test',
    bootId: 'boot-unchanged',
    capabilities: { ...CAPABILITIES, encoders: encoders.map((name) => ({ name, maxWidth: 8192, maxHeight: 8192 })) },
  })
const encodesOf = async (id: string) => (await (await call(`/api/v1/videos/${id}/encodes`, { key: mine.key })).json<{ data: { id: string; state: string; error: { code: string } | null }[] }>()).data
/** Everybody but this one has been silent for long. */
const alone = { ...deps, agents: { ...deps.agents, listSeen: async (since: number) => (await deps.agents.listSeen(since)).filter(({ bootId }) => bootId === 'boot-unchanged') } }
/** As if what is queued had waited that much longer. */
const later = (ms: number) => ({ ...alone, jobs: { ...deps.jobs, listStranded: (abilities: readonly string[], before: number, limit: number) => deps.jobs.listStranded(abilities, before + ms, limit) } })

test('J22: a card that fails in the middle of an encode: the video is encoded anew in software, and becomes ready', async () => {
  expect((await becomes(agent, 'h264_nvenc', 'libx264')).status).toBe(200)
  const { id } = await queuedVideo(mine)
  const prepare = (await agent.claim('prepare'))!
  const { next } = await (await agent.commit(prepare, { kind: 'prepare', media: media(20) })).json<{ next: typeof prepare }>()
  expect(next.task).toMatchObject({ encoder: 'h264_nvenc' })
  await agent.commit(next, { kind: 'encode', manifest: manifest(next, 1) })
  await becomes(agent, 'libx264')
  expect(await agent.claim('encode')).toBeNull()
  // A host may only be restarting: nothing is done at once.
  await replanStranded(alone)
  expect((await encodesOf(id)).map(({ state }) => state)).toEqual(['encoding'])
  await replanStranded(later(120_000))
  expect((await encodesOf(id)).map(({ state, error }) => [state, error?.code])).toEqual([['planning', undefined], ['failed', 'encoder_gone']])
  expect(await (await call(`/api/v1/videos/${id}`, { key: mine.key })).json()).toMatchObject({ status: 'processing', error: null })
  let follow: typeof prepare | null = null
  for (let lease = await agent.claim('prepare', 'encode', 'audio'); lease; lease = follow ?? (await agent.claim('prepare', 'encode', 'audio'))) {
    follow = null
    const { task } = lease
    if (task.kind === 'prepare') follow = (await (await agent.commit(lease, { kind: 'prepare', media: media(20) })).json<{ next: typeof prepare }>()).next
    else if (task.kind === 'encode') {
      expect(task.encoder).toBe('libx264')
      await agent.commit(lease, { kind: 'encode', manifest: manifest(lease, ((task.chunk.endFrame ?? task.plan.expectedFrames) - task.chunk.startFrame) / 120, 'c') })
    } else await agent.commit(lease, { kind: 'audio', manifest: manifest(lease, 5), final: true })
  }
  expect((await encodesOf(id))[0]).toMatchObject({ state: 'ready' })
  await replanStranded(later(600_000))
  expect((await encodesOf(id)).length).toBe(2)
})

test('another codec that nobody can make any more is left out; the rest of the video stands', async () => {
  await becomes(agent, 'libx264', 'av1_nvenc')
  const { id } = await queuedVideo(mine)
  const prepare = (await agent.claim('prepare'))!
  const encode = (await deps.encodes.find(prepare.encodeId as never))!
  await deps.commit([deps.encodes.save({ ...encode, profile: { codecs: ['h264', 'av1'] } })])
  const large = media(8)
  large.video = { ...large.video!, width: 1280, height: 720, codedWidth: 1280, codedHeight: 720 }
  const { next } = await (await agent.commit(prepare, { kind: 'prepare', media: large })).json<{ next: typeof prepare }>()
  await becomes(agent, 'libx264')
  await replanStranded(later(120_000))
  expect((await encodesOf(id)).map(({ state }) => state)).toEqual(['encoding'])
  expect((await (await call(`/api/v1/videos/${id}`, { key: mine.key })).json<{ warnings: { code: string }[] }>()).warnings).toMatchObject([{ code: 'encoder_gone' }])
  expect((await agent.post(`jobs/${next.id}/heartbeat`, { epoch: next.epoch, progress: 0.2 })).status).toBe(200)
})

test('with no host at all nothing is given up: those who come may have what is needed', async () => {
  await becomes(agent, 'h264_nvenc')
  const { id } = await queuedVideo(mine)
  await agent.commit((await agent.claim('prepare'))!, { kind: 'prepare', media: media(20) })
  await replanStranded({ ...later(3_600_000), agents: { ...deps.agents, listSeen: async () => [] } })
  expect((await encodesOf(id)).map(({ state }) => state)).toEqual(['encoding'])
})
