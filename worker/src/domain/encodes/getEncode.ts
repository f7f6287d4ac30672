import { type Actor, demand } from '../actor.ts'
import type { Job } from '../jobs/job.ts'
import type { Deps } from '../ports.ts'
import type { Encode } from './encode.ts'
import { encodeOf } from './encodeOf.ts'
import { type Quality, qualitiesOf } from './qualitiesOf.ts'

/** An encode with its qualities, its jobs in the order they run, and whether it is what plays. Throws not_found. */
export async function getEncode(deps: Deps, actor: Actor, videoId: string, encodeId: string): Promise<{ encode: Encode; isCurrent: boolean; qualities: Quality[]; jobs: Job[] }> {
  demand(actor, 'videos:read')
  const { encode, asset } = await encodeOf(deps, actor, videoId, encodeId)
  const [qualities, jobs] = await Promise.all([qualitiesOf(deps, encode), deps.jobs.listByEncode(encode.id)])
  return { encode, isCurrent: asset.currentEncodeId === encode.id, qualities, jobs }
}
