import { ENCODERS_OF } from '@avocet/shared/encode'
import { abilitiesOf } from '@avocet/shared/pieces'
import type { Job } from '../jobs/job.ts'
import { PRIORITY } from '../jobs/job.ts'
import { newJob } from '../jobs/lease.ts'
import type { Deps } from '../ports.ts'
import { dropStream } from './dropStream.ts'
import { freshEncode } from './encode.ts'

/** Agents heard of within this time count. */
const SEEN_WITHIN_MS = 5 * 60_000
/** A host that restarts is back by then. */
const PATIENCE_MS = 60_000
const BATCH = 50

/**
 * Finds encodes whose plan needs an encoder that no host has any more: the graphics card failed, or its host is gone. What a video can do
 * without is left out; H.264 is planned anew by what the fleet has, because chunks of two encoders do not join. What played goes on playing.
 */
export async function replanStranded(deps: Deps): Promise<void> {
  const now = deps.now()
  const fleet = await deps.agents.listSeen(now - SEEN_WITHIN_MS)
  const abilities = [...new Set(fleet.flatMap(({ capabilities }) => abilitiesOf(capabilities.encoders)))]
  // Nobody is there: those who come may have what is needed.
  if (!ENCODERS_OF.h264.some((encoder) => abilities.includes(encoder))) return
  const stranded = await deps.jobs.listStranded(abilities, now - PATIENCE_MS, BATCH)
  const firsts = new Map(stranded.map((job) => [job.encodeId, job]))
  for (const job of firsts.values()) await replan(deps, job)
}

async function replan(deps: Deps, job: Job): Promise<void> {
  const now = deps.now()
  const why = { reason: 'encoder_gone', message: 'No transcoder has the encoder any more that this was planned with.' }
  if (await dropStream(deps, job, why, deps.jobs.cancelStream(job.encodeId, job.stream, now))) return
  const old = await deps.encodes.find(job.encodeId)
  const asset = old && (await deps.assets.find(old.assetId))
  if (!old || !asset) return deps.commit([deps.jobs.cancelByEncode(job.encodeId, now)])
  const encode = { ...freshEncode(deps, asset), profile: old.profile, encryption: old.encryption }
  const isRepeat = job.priority === PRIORITY.reencode
  await deps.commit([
    deps.jobs.cancelByEncode(old.id, now),
    deps.encodes.save({ ...old, state: 'failed', errorReason: why.reason, errorMessage: why.message }),
    deps.encodes.add(encode),
    deps.jobs.add(newJob(deps, { accountId: encode.accountId, encodeId: encode.id, kind: 'prepare', priority: isRepeat ? PRIORITY.reencode : PRIORITY.playable })),
  ])
  deps.defer(deps.dispatcher.wake())
}
