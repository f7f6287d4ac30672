import { expect, test } from 'vitest'
import type { MediaInfo } from '../../../shared/src/encode.ts'
import type { JobLease, RemuxTask } from '../../../shared/src/job.ts'
import { remuxKey } from '../../../shared/src/objectKeys.ts'
import type { EncodeId } from '../../../shared/src/ids.ts'
import { enrol, queuedVideo, type TestAgent } from '../../support/fleet.ts'
import { manifest, media } from '../../support/handIn.ts'
import { deps, tenant } from '../../support/site.ts'

const long = () => ({ ...media(200), indexed: false })
const chunkOf = ({ task }: JobLease) => (task.kind === 'encode' ? task.chunk.startFrame / 30 : null)

/** Prepares a long source without an index; returns the leases that can be had before its copy is there. */
async function prepared(agent: TestAgent, media: MediaInfo = long()) {
  await queuedVideo(await tenant())
  const lease = (await agent.claim('prepare'))!
  const { next } = await (await agent.commit(lease, { kind: 'prepare', media })).json<{ next: JobLease }>()
  const leases = [next]
  for (let more = await agent.claim('encode', 'audio'); more; more = await agent.claim('encode', 'audio')) leases.push(more)
  return leases
}

test('the first minute of a source without an index is encoded at once; the rest waits for its copy, whose name nobody guesses, reads it, and leaves none behind', async () => {
  const agent = await enrol()
  const first = await prepared(agent)
  const starts = first.map(chunkOf).filter((start) => start !== null)
  expect(starts[0]).toBe(0)
  expect(Math.max(...starts)).toBeLessThan(60)
  const copy = (await agent.claim('remux'))!
  const encodeId = copy.encodeId as EncodeId
  const { secret } = copy.task as RemuxTask
  expect(secret).toMatch(/^[0-9a-f]{32}$/)
  const key = remuxKey(encodeId, { epoch: copy.epoch, secret }, 0)
  await deps.objects.put(key, new Uint8Array(5), 5, 'application/octet-stream')
  expect((await agent.commit(copy, { kind: 'remux', bytes: 5 })).status).toBe(200)
  const rest: JobLease[] = []
  for (let more = await agent.claim('encode'); more; more = await agent.claim('encode')) rest.push(more)
  expect(rest.length).toBeGreaterThan(0)
  for (const lease of rest) {
    expect(chunkOf(lease)).toBeGreaterThanOrEqual(60)
    expect(lease.task).toMatchObject({ plan: { source: { remuxed: { epoch: copy.epoch, bytes: 5, secret } } } })
  }
  for (const lease of [...first, ...rest]) {
    const { task } = lease
    if (task.kind === 'audio') await agent.commit(lease, { kind: 'audio', manifest: manifest(lease, 50), final: true })
    if (task.kind === 'encode') {
      const segments = ((task.chunk.endFrame ?? task.plan.expectedFrames) - task.chunk.startFrame) / task.plan.segmentFrames
      expect((await agent.commit(lease, { kind: 'encode', manifest: manifest(lease, segments) })).status).toBe(200)
    }
  }
  expect(await deps.encodes.find(encodeId)).toMatchObject({ state: 'ready' })
  await expect.poll(() => deps.objects.list(`vod/${encodeId}/remux/`)).toEqual([])
})

test('a copy that cannot be made is done without: the work reads the source', async () => {
  const agent = await enrol()
  await prepared(agent)
  const copy = (await agent.claim('remux'))!
  await agent.post(`jobs/${copy.id}/fail`, { epoch: copy.epoch, class: 'permanent', reason: 'not_a_video', message: 'No copy.' })
  const lease = (await agent.claim('encode'))!
  expect(chunkOf(lease)).toBeGreaterThanOrEqual(60)
  expect(lease.task).toMatchObject({ plan: { source: { remux: true } } })
  expect(lease.task).not.toHaveProperty('plan.source.remuxed')
})

test('that a source lies in fragments is told to all who read it', async () => {
  const agent = await enrol()
  const leases = await prepared(agent, { ...long(), fragmented: true })
  // Work of the videos above is left to be claimed, too.
  const tasks = leases.filter(({ encodeId }) => encodeId === leases[0]!.encodeId).map(({ task }) => task)
  expect(tasks.map(({ kind }) => kind)).toContain('audio')
  for (const task of tasks) expect(task).toMatchObject({ plan: { source: { fragmented: true } } })
  expect((await agent.claim('remux'))!.task).toMatchObject({ fragmented: true })
})
