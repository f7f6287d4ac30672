import { missing } from '@avocet/shared/fault'
import type { AgentId } from '@avocet/shared/ids'
import type { Deps } from '../ports.ts'

/** Lets a host finish what it holds and gives it no more, or takes it back. Its daemon goes on waiting. Throws not_found. */
export async function drainAgent(deps: Deps, id: AgentId, draining: boolean): Promise<void> {
  if (!(await deps.agents.find(id))) missing('agent')
  await deps.commit([deps.agents.setDraining(id, draining)])
  if (!draining) deps.defer(deps.dispatcher.wake())
}
