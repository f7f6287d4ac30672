import type { AccountId, EncodeId } from '@avocet/shared/ids'
import { type Job, PRIORITY } from '../jobs/job.ts'
import { newJob } from '../jobs/lease.ts'
import type { Deps } from '../ports.ts'

/** The work of making an encode's MP4 file. Nobody waits in front of a player for it. */
export const downloadJob = (deps: Deps, { id, accountId }: { id: EncodeId; accountId: AccountId }): Job =>
  newJob(deps, { accountId, encodeId: id, kind: 'download', priority: PRIORITY.bulk })
