import type { AccountId, AgentId, EncodeId, JobId } from '@avocet/shared/ids'
import type { JobKind } from '@avocet/shared/job'

/** A leased piece of work. What an agent is told is rebuilt from the encode's plan at claim time (domain/jobs/taskOf.ts). */
export interface Job {
  id: JobId
  accountId: AccountId
  encodeId: EncodeId
  kind: JobKind
  stream: string
  chunkIndex: number
  priority: number
  /** A word of the agent's abilities (shared/pieces.ts). */
  needs: string | null
  state: 'queued' | 'leased' | 'done' | 'failed' | 'cancelled'
  agentId: AgentId | null
  epoch: number
  leaseUntil: number | null
  runAfter: number
  attempts: number
  /** Agents this job crashed on; two different ones make it poison. */
  crashes: AgentId[]
  progress: number
  /** Seconds of media made per second, as last told. */
  speed: number
  error: string | null
  createdAt: number
  finishedAt: number | null
  /** That of its encode, as `find` and `claim` saw it. */
  encodeVersion?: number
}

/** Smaller runs first. */
export const PRIORITY = { playable: 0, interactive: 1, bulk: 2, reencode: 3 } as const
