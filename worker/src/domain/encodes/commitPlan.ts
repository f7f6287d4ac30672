import type { EncodePlan, MediaInfo } from '@avocet/shared/encode'
import { Fault, missing } from '@avocet/shared/fault'
import { type JobLease, LEASE_MS } from '@avocet/shared/job'
import { planEncode } from '@avocet/shared/ladder'
import type { AgentActor } from '../actor.ts'
import { type Job, PRIORITY } from '../jobs/job.ts'
import { done, newJob } from '../jobs/lease.ts'
import { leaseOf } from '../jobs/taskOf.ts'
import type { Deps } from '../ports.ts'
import { VIDEO_STREAM } from './committed.ts'
import type { Encode } from './encode.ts'
import { failEncode } from './failEncode.ts'

/**
 * Takes the probe's facts, fixes the plan and queues all its work. The first piece that makes something playable is leased to the
 * same agent at once. A source no plan can be made for fails its encode with the reason.
 */
export async function commitPlan(deps: Deps, agent: AgentActor, job: Job, media: MediaInfo): Promise<JobLease | null> {
  const encode = (await deps.encodes.find(job.encodeId)) ?? missing('encode')
  const family = (await deps.agents.find(agent.agentId))?.capabilities.families[0]
  if (!family) throw new Fault('unprocessable', 'This agent has no encoder.', { reason: 'no_encoder' })
  let plan: EncodePlan
  try {
    plan = planEncode(media, { encoderFamily: family })
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    await failEncode(deps, encode.id, { reason: error.details.reason ?? error.code, message: error.message }, [
      deps.assets.setMedia(encode.assetId, media),
      deps.jobs.settle(job, { ...done(deps.now()), state: 'failed', error: error.message }),
    ])
    return null
  }
  const [first, ...rest] = jobsOf(deps, encode, plan)
  if (!first) throw new Fault('internal', 'An empty plan was made.')
  const next: Job = { ...first, state: 'leased', agentId: agent.agentId, epoch: 1, leaseUntil: deps.now() + LEASE_MS }
  const planned: Encode = { ...encode, state: 'encoding', plan }
  await deps.commit([
    deps.jobs.settle(job, done(deps.now())),
    deps.assets.setMedia(encode.assetId, media),
    deps.encodes.save(planned),
    deps.jobs.add(next, ...rest),
  ])
  deps.defer(deps.dispatcher.wake())
  return leaseOf(deps, next)
}

/** All work of a plan, that which makes it playable first. */
function jobsOf(deps: Deps, encode: Encode, plan: EncodePlan): Job[] {
  const base = { accountId: encode.accountId, encodeId: encode.id }
  const picture = plan.chunks.map(({ index }) =>
    newJob(deps, {
      ...base,
      kind: 'encode',
      stream: VIDEO_STREAM,
      chunkIndex: index,
      priority: index === 0 ? PRIORITY.playable : PRIORITY.interactive,
      needs: plan.encoderFamily,
    }),
  )
  const sound = plan.audio.map((stream) =>
    newJob(deps, { ...base, kind: 'audio', stream: stream.name, priority: stream.isDefault ? PRIORITY.playable : PRIORITY.interactive }),
  )
  return [...picture, ...sound].sort((a, b) => a.priority - b.priority)
}
