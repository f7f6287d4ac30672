import { HEARTBEAT_MS, type JobLease, LEASE_MS } from '@avocet/shared/job'
import type { AgentApi, HeartbeatReport } from './agentApi.ts'
import { CredentialRefused, LeaseLost } from './failure.ts'
import { log } from './log.ts'

/** Without an acknowledged heartbeat for this long, others may hold the lease soon: we stop ourselves, by our own monotonic clock. */
const FENCE_MS = LEASE_MS - HEARTBEAT_MS

/** Beats until stopped. Aborts `lost` when the lease is gone, the work is no longer wanted, or the server was silent for too long. */
export function keepLease(api: Pick<AgentApi, 'heartbeat'>, lease: JobLease, report: () => HeartbeatReport, lost: AbortController): () => void {
  let heldAt = performance.now()
  const beat = async () => {
    const sentAt = performance.now()
    if (sentAt - heldAt > FENCE_MS) return lost.abort(new LeaseLost('the server is silent', 'silent'))
    try {
      const { cancel } = await api.heartbeat(lease, report())
      heldAt = sentAt
      if (cancel) lost.abort(new LeaseLost('cancelled', 'cancelled'))
    } catch (error) {
      if (error instanceof LeaseLost || error instanceof CredentialRefused) lost.abort(error)
      else log.warn({ job: lease.id, error: String(error) }, 'heartbeat failed')
    }
  }
  const timer = setInterval(() => void beat(), HEARTBEAT_MS)
  return () => clearInterval(timer)
}
