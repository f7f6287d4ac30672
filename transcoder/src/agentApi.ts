import { RegisterAnswer, type RegisterRequest } from '@avocet/shared/agent'
import {
  ClaimAnswer,
  CommitAnswer,
  HEARTBEAT_MS,
  HeartbeatAnswer,
  type HeartbeatRequest,
  type FailRequest,
  type JobKind,
  type JobLease,
  type JobResult,
} from '@avocet/shared/job'
import type { z } from 'zod'
import { CredentialRefused, JobFailure, LeaseLost } from './failure.ts'
import { apiErrors } from './metrics.ts'
import { serverClock } from './serverClock.ts'

const CALL_TIMEOUT_MS = 30_000
const CLAIM_WAIT_SECONDS = 25

export type HeartbeatReport = Omit<HeartbeatRequest, 'epoch'>

/** The agent surface, typed. Calls throw LeaseLost (404, 409), CredentialRefused (401), or an Error worth repeating. */
export interface AgentApi {
  register(request: RegisterRequest): Promise<z.infer<typeof RegisterAnswer>>
  claim(kinds: readonly JobKind[], signal: AbortSignal): Promise<JobLease | null>
  heartbeat(lease: JobLease, report: HeartbeatReport): Promise<z.infer<typeof HeartbeatAnswer>>
  commit(lease: JobLease, result: JobResult): Promise<JobLease | null>
  fail(lease: JobLease, report: Omit<FailRequest, 'epoch'>): Promise<void>
  release(lease: JobLease): Promise<void>
}

export function agentApi(url: string, credential: () => string | null): AgentApi {
  async function post<S extends z.ZodType>(
    path: string,
    body: unknown,
    schema: S | null,
    options: { signal?: AbortSignal; timeoutMs?: number } = {},
  ): Promise<z.infer<S>> {
    const bearer = credential()
    const timeout = AbortSignal.timeout(options.timeoutMs ?? CALL_TIMEOUT_MS)
    const call = path.replace(/^jobs\/[^/?]+\//, '').replace(/\?.*$/, '')
    const failed = () => apiErrors.inc({ call })
    const response = await fetch(`${url}/agent/v1/${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...(bearer ? { Authorization: `Bearer ${bearer}` } : {}) },
      body: JSON.stringify(body),
      signal: options.signal ? AbortSignal.any([options.signal, timeout]) : timeout,
    }).catch((error) => {
      if (!options.signal?.aborted) failed()
      throw error
    })
    serverClock.tell(Date.parse(response.headers.get('Date') ?? ''))
    if (!response.ok) {
      failed()
      throw await refusal(path, response)
    }
    return schema ? schema.parse(await response.json()) : (undefined as z.infer<S>)
  }
  const job = (lease: JobLease, verb: string) => `jobs/${lease.id}/${verb}`
  return {
    register: (request) => post('register', request, RegisterAnswer, { timeoutMs: 5_000 }),
    async claim(kinds, signal) {
      const timeoutMs = CLAIM_WAIT_SECONDS * 1000 + CALL_TIMEOUT_MS
      return (await post(`jobs/claim?wait=${CLAIM_WAIT_SECONDS}`, { kinds }, ClaimAnswer, { signal, timeoutMs })).lease
    },
    heartbeat: (lease, report) =>
      post(job(lease, 'heartbeat'), { epoch: lease.epoch, ...report }, HeartbeatAnswer, { timeoutMs: HEARTBEAT_MS }),
    commit: async (lease, result) => (await repeat(() => post(job(lease, 'commit'), { epoch: lease.epoch, result }, CommitAnswer))).next,
    fail: async (lease, report) => {
      await repeat(() => post(job(lease, 'fail'), { epoch: lease.epoch, ...report }, null))
    },
    release: async (lease) => {
      await post(job(lease, 'release'), { epoch: lease.epoch }, null, { timeoutMs: 5_000 })
    },
  }
}

async function refusal(path: string, response: Response): Promise<Error> {
  const body = (await response.json().catch(() => ({}))) as { code?: string; error?: string }
  const text = `${path}: ${response.status} ${body.code ?? ''} ${body.error ?? ''}`
  if (response.status === 401) return new CredentialRefused(text)
  if (path.startsWith('jobs/') && (response.status === 404 || response.status === 409)) return new LeaseLost(text)
  if (response.status === 422 || response.status === 400)
    return new JobFailure('retryable', body.code?.replaceAll(/[^a-z0-9_]/g, '_').slice(0, 60) ?? 'refused', text)
  return new Error(text)
}

const TRIES = 5

/** Repeats a call whose answer may have been lost; the server takes repeats of a settled job as a lost lease, which is as good. */
async function repeat<T>(call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call()
    } catch (error) {
      if (error instanceof LeaseLost || error instanceof CredentialRefused || error instanceof JobFailure || attempt === TRIES) throw error
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 500 * 2 ** attempt))
    }
  }
}
