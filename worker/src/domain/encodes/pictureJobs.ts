import type { EncodePlan } from '@avocet/shared/encode'
import { needOf, type Piece, piecesOf } from '@avocet/shared/pieces'
import { waitsForRemux } from '@avocet/shared/remux'
import { type Job, PRIORITY } from '../jobs/job.ts'
import { newJob } from '../jobs/lease.ts'
import type { Deps } from '../ports.ts'

/** Priority of a piece of work: what makes something playable first; whole re-encodes wait behind what nobody can watch yet. */
export const rank = ({ priority }: Pick<Job, 'priority'>, isFirst: boolean, other: number): number =>
  priority === PRIORITY.reencode ? priority : isFirst ? PRIORITY.playable : other

/** Jobs of a plan's pieces of picture: those that can be done at once, or those that wait for the copy of their source. */
export function pictureJobs(deps: Deps, of: Pick<Job, 'accountId' | 'encodeId' | 'priority'>, plan: EncodePlan, when: 'now' | 'remuxed'): Job[] {
  return piecesOf(plan)
    .filter(({ chunk }) => waitsForRemux(plan, chunk) === (when === 'remuxed'))
    .map((piece) => pictureJob(deps, of, piece))
}

function pictureJob(deps: Deps, of: Pick<Job, 'accountId' | 'encodeId' | 'priority'>, { stream, chunk, rungs, encoder }: Piece): Job {
  const isH264 = rungs[0]?.codec === 'h264'
  return newJob(deps, {
    accountId: of.accountId,
    encodeId: of.encodeId,
    kind: 'encode',
    stream,
    chunkIndex: chunk.index,
    priority: rank(of, chunk.index === 0 && isH264, isH264 ? PRIORITY.interactive : PRIORITY.bulk),
    needs: needOf({ encoder, rungs }),
  })
}
