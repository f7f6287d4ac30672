import { failEncode } from '../encodes/failEncode.ts'
import type { Deps } from '../ports.ts'
import type { Job } from './job.ts'

/** A job whose every holder vanished this often is taken for the killer: no job runs for ever. */
export const MAX_EPOCHS = 12

/** Puts jobs of vanished agents back in the queue. A host's death is not the input's fault: no attempt is counted. */
export async function requeueLapsed(deps: Deps, lapsed: readonly Job[]): Promise<void> {
  for (const job of lapsed) {
    if (job.epoch < MAX_EPOCHS) await deps.commit([deps.jobs.requeue(job, deps.now())])
    else await failEncode(deps, job.encodeId, { reason: 'encoding_failed', message: 'The video could not be encoded: every host that tried it went away.' }, [])
  }
  if (lapsed.length > 0) await deps.dispatcher.wake()
}
