import type { AgentCapabilities } from '@avocet/shared/agent'
import type { AgentId } from '@avocet/shared/ids'

/** A transcoder host. Belongs to the site, serves every account. */
export interface Agent {
  id: AgentId
  name: string
  credentialHash: string
  /** Fresh on each start of the daemon: leases of an older boot are released at once. */
  bootId: string
  capabilities: AgentCapabilities
  protocol: number
  draining: boolean
  lastSeenAt: number
  createdAt: number
}
