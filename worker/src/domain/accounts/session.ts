import type { Deps } from '../ports.ts'
import type { User } from './account.ts'

export const SESSION_SECONDS = 12 * 3600

export interface Session {
  token: string
  user: User
}

/** A login session of a user; ends by time or with the next password change. */
export async function startSession(deps: Deps, user: User): Promise<Session> {
  return { token: await deps.tokens.sign('session', { sub: user.id, acc: user.accountId, ver: user.sessionVersion }, SESSION_SECONDS), user }
}
