import { Fault } from '@avocet/shared/fault'
import type { AgentActor } from '../actor.ts'
import type { Deps } from '../ports.ts'

/** The transcoder host behind a credential. Throws unauthenticated `invalid_agent_credential`. */
export async function authenticateAgent(deps: Deps, credential: string): Promise<AgentActor> {
  const host = /^avagent_[0-9a-f]{64}$/.test(credential) ? await deps.agents.findByCredentialHash(await deps.crypto.sha256Hex(credential)) : null
  if (!host) throw new Fault('unauthenticated', 'The agent credential is not valid.', { reason: 'invalid_agent_credential' })
  return { agentId: host.id, host }
}
