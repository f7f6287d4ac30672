import type { RegisterRequest } from '@avocet/shared/agent'
import { Fault } from '@avocet/shared/fault'
import type { AgentId } from '@avocet/shared/ids'
import type { AgentActor } from '../actor.ts'
import { demandProtocol } from './demandProtocol.ts'
import type { Deps } from '../ports.ts'

/** Makes a host an agent by its enrolment code. The credential is shown this once. Throws forbidden `invalid_enrolment_code`. */
export async function enrolAgent(deps: Deps, request: RegisterRequest): Promise<{ agentId: AgentId; credential: string }> {
  demandProtocol(request.protocol)
  const credential = `avagent_${deps.crypto.randomHex(32)}`
  const now = deps.now()
  const agent = {
    id: deps.newId('agent'),
    name: request.name,
    credentialHash: await deps.crypto.sha256Hex(credential),
    bootId: request.bootId,
    capabilities: request.capabilities,
    protocol: request.protocol,
    draining: false,
    lastSeenAt: now,
    createdAt: now,
  }
  const codeHash = await deps.crypto.sha256Hex(request.enrolmentCode ?? '')
  try {
    await deps.commit([deps.agents.useEnrolment(codeHash, now), deps.agents.add(agent)])
  } catch (error) {
    if (error instanceof Fault && error.code === 'conflict') {
      throw new Fault('forbidden', 'This enrolment code is unknown, used or expired.', { reason: 'invalid_enrolment_code' })
    }
    throw error
  }
  return { agentId: agent.id, credential }
}

/** A known host reports itself again. A new boot has lost what the last one held: those leases go back to the queue at once. */
export async function registerAgent(deps: Deps, actor: AgentActor, request: RegisterRequest): Promise<void> {
  demandProtocol(request.protocol)
  const orphaned = actor.host.bootId !== request.bootId ? await deps.jobs.listLeasedBy(actor.agentId) : []
  await deps.commit([
    deps.agents.register(actor.agentId, request, deps.now()),
    ...orphaned.map((job) => deps.jobs.requeue(job, deps.now())),
  ])
  if (orphaned.length > 0) deps.defer(deps.dispatcher.wake())
}
