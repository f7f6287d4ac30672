import { HEARTBEAT_MS, type JobLease, LEASE_MS } from '@avocet/shared/job'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { AgentApi } from './agentApi.ts'
import { CredentialRefused, LeaseLost } from './failure.ts'
import { keepLease } from './keepLease.ts'
import { log } from './log.ts'

const lease: JobLease = { id: 'job_1', epoch: 1, encodeId: 'enc_1', source: { key: 'src', sizeBytes: 1 }, task: { kind: 'prepare' } }
const alive = { cancel: false, drain: false }

beforeEach(() => {
  log.level = 'silent'
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
})
afterEach(() => vi.useRealTimers())

/** Keeps a lease against a server that answers so, for so long. */
async function keepFor(ms: number, heartbeat: AgentApi['heartbeat']): Promise<AbortSignal> {
  const lost = new AbortController()
  const stop = keepLease({ heartbeat }, lease, () => ({ progress: 0.5, speed: 2 }), lost)
  await vi.advanceTimersByTimeAsync(ms)
  stop()
  return lost.signal
}

test('answered heartbeats keep the lease and carry progress and speed', async () => {
  const heartbeat = vi.fn(async () => alive)
  expect((await keepFor(10 * 60_000, heartbeat)).aborted).toBe(false)
  expect(heartbeat).toHaveBeenCalledWith(lease, { progress: 0.5, speed: 2 })
})

test('a lease is renewed at once: that of a claim is short', async () => {
  const heartbeat = vi.fn(async () => alive)
  await keepFor(0, heartbeat)
  expect(heartbeat).toHaveBeenCalledTimes(1)
})

test('J11: a silent server stops the work before anybody else can hold the lease', async () => {
  const signal = await keepFor(LEASE_MS, () => Promise.reject(new Error('no route')))
  expect(signal.reason).toBeInstanceOf(LeaseLost)
})

test('J11: a server that is silent for two beats does not', async () => {
  let calls = 0
  const signal = await keepFor(10 * HEARTBEAT_MS, async () => (calls++ % 3 === 0 ? alive : Promise.reject(new Error('no route'))))
  expect(signal.aborted).toBe(false)
})

test.each([
  ['a cancelled job', async () => ({ cancel: true, drain: false }), LeaseLost],
  ['a lost lease', () => Promise.reject(new LeaseLost('409')), LeaseLost],
  ['a refused credential', () => Promise.reject(new CredentialRefused('401')), CredentialRefused],
])('%s stops the work at the next beat', async (_, heartbeat, reason) => {
  expect((await keepFor(HEARTBEAT_MS, heartbeat)).reason).toBeInstanceOf(reason)
})

test('nothing beats after the job', async () => {
  const heartbeat = vi.fn(async () => alive)
  await keepFor(HEARTBEAT_MS, heartbeat)
  const beats = heartbeat.mock.calls.length
  await vi.advanceTimersByTimeAsync(10 * HEARTBEAT_MS)
  expect(heartbeat).toHaveBeenCalledTimes(beats)
})
