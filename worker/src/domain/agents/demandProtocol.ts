import { PROTOCOL } from '@avocet/shared/agent'
import { Fault } from '@avocet/shared/fault'

/**
 * Agents and Workers of neighbouring versions meet during every upgrade: those that do not speak one protocol get no work, so none is
 * lost. Throws unprocessable `agent_too_old` (upgrade the host) or `agent_too_new` (the Worker will follow).
 */
export function demandProtocol(protocol: number): void {
  if (protocol === PROTOCOL) return
  const isOld = protocol < PROTOCOL
  throw new Fault('unprocessable', isOld ? 'This host must be upgraded.' : 'This host is newer than the server.', {
    reason: isOld ? 'agent_too_old' : 'agent_too_new',
    extra: { protocol: PROTOCOL },
  })
}
