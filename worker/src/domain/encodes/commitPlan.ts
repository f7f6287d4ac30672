import { DEFAULT_PROFILE, type EncodePlan, type EncodeProfile, ENCODERS_OF, type MediaInfo } from '@avocet/shared/encode'
import { Fault, missing } from '@avocet/shared/fault'
import type { JobLease } from '@avocet/shared/job'
import { type Encoders, planEncode } from '@avocet/shared/ladder'
import { abilitiesOf, needOf } from '@avocet/shared/pieces'
import { waitsForRemux } from '@avocet/shared/remux'
import { chaptersVtt } from '@avocet/shared/vtt'
import type { AgentActor } from '../actor.ts'
import type { Agent } from '../agents/agent.ts'
import { type Job, PRIORITY } from '../jobs/job.ts'
import { done, newJob } from '../jobs/lease.ts'
import { leaseOf } from '../jobs/taskOf.ts'
import type { Deps } from '../ports.ts'
import { type SourceText, tracksFromSource } from '../tracks/tracksFromSource.ts'
import type { Encode } from './encode.ts'
import { failEncode } from './failEncode.ts'
import { pictureJobs, rank } from './pictureJobs.ts'

/** Agents heard of within this time count for what the fleet can do. */
const SEEN_WITHIN_MS = 5 * 60_000

/**
 * Takes the probe's facts, fixes the plan and queues all its work. The first piece that makes something playable is leased to the
 * same agent at once. A source no plan can be made for fails its encode with the reason.
 */
export async function commitPlan(deps: Deps, agent: AgentActor, job: Job, media: MediaInfo): Promise<JobLease | null> {
  const encode = (await deps.encodes.find(job.encodeId)) ?? missing('encode')
  const fleet = await deps.agents.listSeen(deps.now() - SEEN_WITHIN_MS)
  const profile = encode.profile ?? (await deps.accounts.find(encode.accountId))?.encodeProfile ?? DEFAULT_PROFILE
  const encoders = encodersFor(profile, media, [agent.host], fleet)
  if (!encoders.h264) throw new Fault('unprocessable', 'This agent has no encoder for this picture.', { reason: 'no_encoder' })
  let plan: EncodePlan
  try {
    plan = planEncode(media, { encoders })
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    await failEncode(deps, encode.id, { reason: error.details.reason ?? error.code, message: error.message }, [
      deps.assets.setMedia(encode.assetId, media),
      deps.jobs.settle(job, { ...done(deps.now()), state: 'failed', error: error.message }),
    ])
    return null
  }
  const asset = (await deps.assets.find(encode.assetId)) ?? missing('asset')
  // What the file carries beside picture and sound is taken once: later its owner decides.
  const isFirst = asset.media === null
  const [first, ...rest] = jobsOf(deps, job, plan, isFirst ? media.subtitles.length : 0)
  if (!first) throw new Fault('internal', 'An empty plan was made.')
  const next: Job = { ...first, state: 'leased', agentId: agent.agentId, epoch: 1, leaseUntil: deps.now() + deps.config.leaseMs }
  const planned: Encode = { ...encode, state: 'encoding', profile, encryption: profile.encryption ?? 'aes-128', plan }
  await deps.commit([
    deps.jobs.settle(job, done(deps.now())),
    deps.assets.setMedia(encode.assetId, media),
    deps.encodes.save(planned),
    deps.jobs.add(next, ...rest),
    ...(isFirst ? await tracksFromSource(deps, asset.id, chaptersOf(media)) : []),
  ])
  deps.defer(deps.dispatcher.wake())
  return leaseOf(deps, { ...next, encodeVersion: encode.version + 1 })
}

/** The best encoder of each wanted codec: H.264 by this host, which goes straight on with it, the others by whoever can. */
function encodersFor({ codecs }: EncodeProfile, { video }: MediaInfo, host: readonly Agent[], fleet: readonly Agent[]): Encoders {
  const able = (agents: readonly Agent[]) => new Set(agents.flatMap(({ capabilities }) => abilitiesOf(capabilities.encoders)))
  const [here, anywhere] = [able(host), able(fleet)]
  const rungs = video ? [{ width: video.width, height: video.height }] : []
  return Object.fromEntries(
    codecs.flatMap((codec) => {
      const words = codec === 'h264' ? here : anywhere
      const encoder = ENCODERS_OF[codec].find((one) => words.has(needOf({ encoder: one, rungs })))
      return encoder ? [[codec, encoder]] : []
    }),
  )
}

/** All work of a plan that can be begun, that which makes it playable first. */
function jobsOf(deps: Deps, job: Job, plan: EncodePlan, subtitles: number): Job[] {
  const base = { accountId: job.accountId, encodeId: job.encodeId }
  const sound = plan.audio.map((stream) =>
    newJob(deps, { ...base, kind: 'audio', stream: stream.name, priority: rank(job, stream.isDefault, PRIORITY.interactive) }),
  )
  const copied = plan.chunks.some((chunk) => waitsForRemux(plan, chunk))
  const remux = copied ? [newJob(deps, { ...base, kind: 'remux', priority: rank(job, true, PRIORITY.interactive) })] : []
  const text = subtitles > 0 ? [newJob(deps, { ...base, kind: 'text', priority: rank(job, false, PRIORITY.interactive) })] : []
  return [...pictureJobs(deps, job, plan, 'now'), ...sound, ...remux, ...text].sort((a, b) => a.priority - b.priority)
}

function chaptersOf({ chapters }: MediaInfo): SourceText[] {
  return chapters.length > 0 ? [{ kind: 'chapters', language: 'und', label: null, vtt: chaptersVtt(chapters) }] : []
}
