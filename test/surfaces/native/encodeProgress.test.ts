import { beforeEach, expect, test } from 'vitest'
import { failEncode } from '../../../worker/src/domain/encodes/failEncode.ts'
import { enrol, queuedVideo, type TestAgent } from '../../support/fleet.ts'
import { manifest, media } from '../../support/handIn.ts'
import { call, deps, type Tenant, tenant } from '../../support/site.ts'

const ALL = ['prepare', 'encode', 'audio', 'images', 'text'] as const
let [agent, mine] = [null as unknown as TestAgent, null as unknown as Tenant]
beforeEach(async () => {
  agent = await enrol()
  mine = await tenant()
  for (let lease = await agent.claim(...ALL); lease; lease = await agent.claim(...ALL)) await failEncode(deps, lease.encodeId as never, { reason: 'test', message: 'x' }, [])
})

test('an encode tells how far it is with the work in hand, and how fast all its hosts are together', async () => {
  const { id } = await queuedVideo(mine)
  const prepare = (await agent.claim('prepare'))!
  const { next } = await (await agent.commit(prepare, { kind: 'prepare', media: media(20) })).json<{ next: typeof prepare }>()
  await agent.commit(next, { kind: 'encode', manifest: manifest(next, 1) })
  const [second, third] = [(await agent.claim('encode'))!, (await agent.claim('encode'))!]
  await agent.post(`jobs/${second.id}/heartbeat`, { epoch: 1, progress: 0.5, speed: 2 })
  await agent.post(`jobs/${third.id}/heartbeat`, { epoch: 1, progress: 0.25, speed: 1.5 })
  const [{ id: encode }] = (await (await call(`/api/v1/videos/${id}/encodes`, { key: mine.key })).json<{ data: [{ id: string }] }>()).data
  const shown = await (await call(`/api/v1/videos/${id}/encodes/${encode}`, { key: mine.key })).json<{ progress: number; speed: number; jobs: { chunk_index: number; kind: string; speed: number; progress: number }[] }>()
  // 4 s of 20 are committed, half of 8 s and a quarter of 8 s are under way.
  expect(shown.progress).toBeCloseTo((4 + 4 + 2) / 20, 5)
  expect(shown.speed).toBe(3.5)
  expect(shown.jobs.filter(({ kind }) => kind === 'encode').map(({ chunk_index, speed }) => [chunk_index, speed])).toEqual([[0, 0], [1, 2], [2, 1.5]])
})

test('a host of the version before, which tells no speed, is understood', async () => {
  await queuedVideo(mine)
  const lease = (await agent.claim('prepare'))!
  expect((await agent.post(`jobs/${lease.id}/heartbeat`, { epoch: 1, progress: 0.5 })).status).toBe(200)
})

test('who comes too early is told how near the first picture is', async () => {
  const { id, embedToken } = await queuedVideo(mine)
  const told = async () => {
    const answer = await call(`/api/stream/${embedToken}/token`)
    const { code, stage, progress } = await answer.json<{ code: string; stage: string; progress: number }>()
    return [answer.status, code, stage, progress]
  }
  expect(await told()).toEqual([409, 'not_ready', 'queued', 0])
  const prepare = (await agent.claim('prepare'))!
  expect(await told()).toEqual([409, 'not_ready', 'reading', 0])
  const { next } = await (await agent.commit(prepare, { kind: 'prepare', media: media(20) })).json<{ next: typeof prepare }>()
  expect(await told()).toEqual([409, 'not_ready', 'encoding', 0.1])
  const sound = (await agent.claim('audio'))!
  await agent.post(`jobs/${sound.id}/heartbeat`, { epoch: 1, progress: 0.9 })
  await agent.post(`jobs/${next.id}/heartbeat`, { epoch: 1, progress: 0.5 })
  expect(await told()).toEqual([409, 'not_ready', 'encoding', 0.55])
  await agent.commit(next, { kind: 'encode', manifest: manifest(next, 1) })
  await agent.commit(sound, { kind: 'audio', manifest: manifest(sound, 1), final: false })
  expect((await call(`/api/stream/${embedToken}/token`)).status).toBe(200)
  expect((await (await call(`/api/v1/videos/${id}`, { key: mine.key })).json<{ playable: boolean }>()).playable).toBe(true)
})
