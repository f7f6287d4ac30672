import type { FailRequest } from '@avocet/shared/job'
import type { AgentActor } from '../actor.ts'
import { goWithoutRemux } from '../encodes/commitRemux.ts'
import { dropStream } from '../encodes/dropStream.ts'
import { failEncode } from '../encodes/failEncode.ts'
import { awaitedPosters } from '../encodes/posterJob.ts'
import type { Deps, Write } from '../ports.ts'
import type { Job } from './job.ts'
import { MAX_EPOCHS } from './requeueLapsed.ts'
import { whileHeld } from './whileHeld.ts'

const MAX_ATTEMPTS = 5
/** Troubles of one host, which claims no more until they are over: not an attempt at the input. */
const OF_THE_HOST: ReadonlySet<string> = new Set(['disk_full', 'disk_unwritable', 'clock_skew'])
const BACKOFF_FIRST_MS = 2_000
const BACKOFF_LAST_MS = 10 * 60_000

/**
 * Takes an agent's report that a job failed. Permanent: the encode fails with the reason. Retryable: again later, at most five times.
 * A host's own trouble is not counted. Crash: the same, but two different agents are enough (poison).
 * Without images, a file to download, subtitles, another codec than H.264, or sound that cannot be decoded, the encode still stands.
 */
export function failJob(deps: Deps, agent: AgentActor, id: string, report: FailRequest): Promise<void> {
  return whileHeld(deps, agent, id, report.epoch, (job) => settleFailure(deps, agent, job, report))
}

async function settleFailure(deps: Deps, agent: AgentActor, job: Job, report: FailRequest): Promise<void> {
  const isOfHost = report.class === 'retryable' && OF_THE_HOST.has(report.reason) && job.epoch < MAX_EPOCHS
  const attempts = job.attempts + (isOfHost ? 0 : 1)
  const crashes = report.class === 'crash' ? [...job.crashes, agent.agentId] : job.crashes
  const failed = { attempts, crashes, error: `${report.reason}: ${report.message}`, leaseUntil: null }
  const poison = new Set(crashes).size >= 2
  if (report.class !== 'permanent' && !poison && attempts < MAX_ATTEMPTS) {
    return deps.commit([deps.jobs.settle(job, { ...failed, state: 'queued', agentId: null, runAfter: deps.now() + backoffMs(deps, attempts) })])
  }
  const ended = deps.jobs.settle(job, { ...failed, state: 'failed', finishedAt: deps.now() })
  if (job.kind === 'images') return deps.commit([ended, ...(await postersWithout(deps, job))])
  if (job.kind === 'text' || job.kind === 'download' || job.kind === 'poster') return deps.commit([ended])
  if (job.kind === 'remux') return goWithoutRemux(deps, job, ended)
  const reason =
    report.class === 'permanent'
      ? { reason: report.reason, message: report.message }
      : { reason: poison ? 'source_crashes_encoder' : 'encoding_failed', message: 'The video could not be encoded, also after several tries.' }
  // Sound that only our hosts failed on is not left out silently.
  const mayGo = job.kind === 'encode' || report.class === 'permanent'
  if (mayGo && (await dropStream(deps, job, reason, ended))) return
  await failEncode(deps, job.encodeId, reason, [ended])
}

/** Posters owners chose do not need those of the encode. */
async function postersWithout(deps: Deps, { encodeId }: Job): Promise<Write[]> {
  const encode = await deps.encodes.find(encodeId)
  return encode ? awaitedPosters(deps, encode) : []
}

/** Full jitter: anything up to the exponential bound, so hosts that failed together do not return together. */
function backoffMs(deps: Deps, attempts: number): number {
  const bound = Math.min(BACKOFF_LAST_MS, BACKOFF_FIRST_MS * 4 ** (attempts - 1))
  return Math.floor((bound * new DataView(deps.crypto.randomBytes(4).buffer).getUint32(0)) / 2 ** 32)
}
