import { expect, test } from 'vitest'
import type { AgentActor } from '../actor.ts'
import type { Deps } from '../ports.ts'
import type { Job } from './job.ts'
import { done, heldJob, leaseLost, newJob } from './lease.ts'

const facts = { accountId: 'acc_1', encodeId: 'enc_1', kind: 'prepare', priority: 3 } as const
const deps = { now: () => 77, newId: (kind: string) => `${kind} 1` } as unknown as Deps
const agent = { agentId: 'agt_1' } as AgentActor
const leased = { ...newJob(deps, facts), id: 'job_1', state: 'leased', agentId: 'agt_1', epoch: 4 } as Job
const held = (job: Job | null, epoch = 4, by = agent) => heldJob({ jobs: { find: async (id: string) => (id === 'job_1' ? job : null) } } as unknown as Deps, by, 'job_1', epoch)

test('a job is held by its agent, under its epoch, while it is leased; anything else has lost it', async () => {
  expect(await held(leased)).toBe(leased)
  for (const [job, epoch, by] of [[null, 4, agent], [leased, 3, agent], [leased, 5, agent], [leased, 4, { ...agent, agentId: 'agt_2' }], [{ ...leased, state: 'queued' }, 4, agent], [{ ...leased, state: 'done' }, 4, agent], [{ ...leased, agentId: null }, 4, agent]] as [Job | null, number, AgentActor][])
    await expect(held(job, epoch, by)).rejects.toMatchObject({ code: 'conflict', details: { reason: 'lease_lost' } })
  expect(leaseLost()).toMatchObject({ code: 'conflict', details: { reason: 'lease_lost' } })
})

test('a new job is queued, nobody’s, ready at once and never tried; what is given stands over that', () => {
  expect(newJob(deps, facts)).toEqual({
    ...facts, id: 'job 1', stream: '', chunkIndex: 0, needs: null, state: 'queued', agentId: null, epoch: 0, leaseUntil: null, runAfter: 77, attempts: 0, crashes: [], progress: 0, speed: 0, error: null, createdAt: 77, finishedAt: null,
  })
  expect(newJob(deps, { ...facts, stream: 'a1', runAfter: 9 })).toMatchObject({ stream: 'a1', runAfter: 9 })
})

test('accepted work is done, whole, and held by nobody', () => {
  expect(done(9)).toEqual({ state: 'done', progress: 1, leaseUntil: null, finishedAt: 9 })
})
