import { HEARTBEAT_MS, type JobLease, LEASE_MS } from '@avocet/shared/job'
import type { AgentApi, HeartbeatReport } from './agentApi.ts'
import { CredentialRefused, LeaseLost } from './failure.ts'
import { log } from './log.ts'

/**
 * Beats at once and until stopped. Aborts `lost` when the lease is gone, the work is no longer wanted, or the server was silent for so long
 * that others may hold the lease soon; that is told by our own monotonic clock.
 */
export function keepLease(api: Pick<AgentApi, 'heartbeat'>, lease: JobLease, report: () => HeartbeatReport, lost: AbortController): () => void {
  const leaseMs = lease.leaseMs ?? LEASE_MS
  const everyMs = (leaseMs * HEARTBEAT_MS) / LEASE_MS
  const fenceMs = leaseMs - everyMs
  let heldAt = performance.now()
  const beat = async () => {
    const sentAt = performance.now()
    if (sentAt - heldAt > fenceMs) return lost.abort(new LeaseLost('the server is silent', 'silent'))
    try {
      const { cancel } = await api.heartbeat(lease, report())
      heldAt = sentAt
      if (cancel) lost.abort(new LeaseLost('cancelled', 'cancelled'))
    } catch (error) {
      if (error instanceof LeaseLost || error instanceof CredentialRefused) lost.abort(error)
      else log.warn({ job: lease.id, error: String(error) }, 'heartbeat failed')
    }
  }
  // At once: the lease of a claim is short until then.
  void beat()
  const timer = setInterval(() => void beat(), everyMs)
  return () => clearInterval(timer)
}
