import { Fault } from '@avocet/shared/fault'
import type { Agent } from './agents/agent.ts'
import type { RateLimits } from './credentials/apiKey.ts'
import type { AccountId, AgentId, Id } from '@avocet/shared/ids'
import type { UploadToken } from './uploadTokens/uploadToken.ts'

/** What a credential may do inside its account. */
export const SCOPES = [
  'videos:read',
  'videos:write',
  'presets:read',
  'presets:write',
  'embeds:read',
  'embeds:write',
  'keys:read',
  'keys:write',
  'stats:read',
  'webhooks:read',
  'webhooks:write',
] as const
export type Scope = (typeof SCOPES)[number]

/** Who is asking, once the credential has been checked. Private reads take `accountId` from here and nowhere else. */
export interface Actor {
  kind: 'apiKey' | 'user' | 'uploadToken'
  accountId: AccountId
  scopes: readonly Scope[]
  /** The API key, user or upload token behind it. */
  subjectId: Id<'apiKey'> | Id<'user'> | Id<'uploadToken'>
  /** Of an upload token, which has no scopes: all that it allows. */
  uploadToken?: UploadToken
  /** Calls a minute the operator gave this credential in place of the common limits. */
  rateLimits: RateLimits | null
  siteAdmin: boolean
}

/** A transcoder host that proved its credential. */
export interface AgentActor {
  agentId: AgentId
  /** As it was when it proved itself. */
  host: Agent
}

/** Lets the operation go on only if the actor holds the scope; otherwise 403 `insufficient_scope`. */
export function demand(actor: Actor, scope: Scope): void {
  if (!actor.scopes.includes(scope))
    throw new Fault('forbidden', `This credential lacks the scope ${scope}.`, { reason: 'insufficient_scope', extra: { scope } })
}

/** The same for what an upload token may do as well, to the uploads it began (see findUpload). */
export function demandForUpload(actor: Actor, scope: Scope): void {
  if (actor.kind !== 'uploadToken') demand(actor, scope)
}

/** Scopes of a user's session, by role. */
export function scopesOfRole(role: 'owner' | 'editor' | 'viewer'): readonly Scope[] {
  if (role === 'owner') return SCOPES
  if (role === 'editor') return SCOPES.filter((scope) => !scope.startsWith('keys:'))
  return SCOPES.filter((scope) => scope.endsWith(':read') && !scope.startsWith('keys:'))
}
