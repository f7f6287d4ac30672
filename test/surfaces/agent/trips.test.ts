/** What the calls that a fleet makes all the time ask of the database. */
import { expect, test } from 'vitest'
import type { JobLease } from '../../../shared/src/job.ts'
import { failEncode } from '../../../worker/src/domain/encodes/failEncode.ts'
import { type Isolate, isolate } from '../../support/countedD1.ts'
import { enrol, queuedVideo } from '../../support/fleet.ts'
import { manifest, media } from '../../support/handIn.ts'
import { deps, tenant } from '../../support/site.ts'

const HOURS = 8
const AGENT = await enrol()

async function post(at: Isolate, path: string, body: unknown): Promise<{ lease: JobLease; next: JobLease }> {
  const answer = await at.fetch(`/agent/v1/${path}`, { method: 'POST', headers: { Authorization: `Bearer ${AGENT.credential}` }, body: JSON.stringify(body) })
  expect(answer.status).toBe(200)
  return answer.json()
}
const claim = async (at: Isolate, kind = 'encode') => (await post(at, 'jobs/claim', { kinds: [kind] })).lease
const segments = ({ task }: JobLease) => (task.kind === 'encode' ? (task.chunk.endFrame! - task.chunk.startFrame) / 120 : 0)
const commit = (at: Isolate, lease: JobLease) => post(at, `jobs/${lease.id}/commit`, { epoch: lease.epoch, result: { kind: 'encode', manifest: manifest(lease, segments(lease)) } })

/** Round trips of a call. */
async function trips(at: Isolate, call: () => Promise<unknown>): Promise<number> {
  const before = at.trips()
  await call()
  return at.trips() - before
}

test('in a video of eight hours a claim is two round trips and a commit four, and a lease names one chunk alone', async () => {
  const at = isolate()
  await queuedVideo(await tenant())
  const prepare = await claim(at, 'prepare')
  const { next } = await post(at, `jobs/${prepare.id}/commit`, { epoch: 1, result: { kind: 'prepare', media: { ...media(HOURS * 3600), audio: [] } } })
  for (const lease of [next, await claim(at), await claim(at)]) await commit(at, lease)
  let lease = null as JobLease | null
  expect(await trips(at, async () => (lease = await claim(at)))).toBe(2)
  expect(lease!.task).toMatchObject({ chunk: { index: 3 }, plan: { chunks: [{ index: 3 }] } })
  expect(await trips(at, () => commit(at, lease!))).toBe(4)
  await failEncode(deps, next.encodeId as never, { reason: 'test', message: 'Cleared away.' }, [])
})

test('an isolate that remembers a plan goes by the next one as soon as another has written it', async () => {
  const at = isolate()
  await queuedVideo(await tenant())
  const prepare = await claim(at, 'prepare')
  const { next } = await post(at, `jobs/${prepare.id}/commit`, { epoch: 1, result: { kind: 'prepare', media: { ...media(60), audio: [] } } })
  await commit(at, next)
  const encode = (await deps.encodes.find(next.encodeId as never))!
  await deps.commit([deps.encodes.save({ ...encode, plan: { ...encode.plan!, source: { ...encode.plan!.source, deinterlace: true } } })])
  expect((await claim(at)).task).toMatchObject({ plan: { source: { deinterlace: true } } })
  await failEncode(deps, next.encodeId as never, { reason: 'test', message: 'Cleared away.' }, [])
})
