import { missing } from '@avocet/shared/fault'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'
import type { AuditedRequest } from '../usage.ts'

/** The last 100 requests a key was used for, the newest first; a few seconds late. */
export async function listKeyRequests(deps: Deps, actor: Actor, id: string): Promise<AuditedRequest[]> {
  demand(actor, 'keys:read')
  const key = (await deps.apiKeys.find(actor.accountId, id)) ?? missing('api key')
  return deps.auditLogs.list(key.id)
}
