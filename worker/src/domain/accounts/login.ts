import { Fault } from '@avocet/shared/fault'
import { addressBudget, deviceBudget, loginBudget } from '../limits/budgets.ts'
import { demandRoom } from '../limits/demandRoom.ts'
import type { Deps } from '../ports.ts'
import type { User } from './account.ts'
import { canonicalEmail } from './password.ts'
import { type Session, startSession } from './session.ts'

export interface LoginAttempt {
  email: string
  password: string
  /** The device token of an earlier login from there, if any. */
  deviceToken: string | null
  /** The caller's address. */
  address: string
}

/**
 * Opens a session. An unknown address and a wrong password look and cost the same (A14): unauthenticated `invalid_credentials`.
 * Attempts are counted by address and by account, and for a device that has logged in before by that device alone, so that strangers
 * who guess never lock the rightful user out (A13): rate_limited.
 */
export async function login(deps: Deps, attempt: LoginAttempt): Promise<Session> {
  const email = canonicalEmail(attempt.email)
  const [subject, user] = await Promise.all([deps.crypto.sha256Hex(email), deps.users.findByEmail(email)])
  const device = user && attempt.deviceToken ? await knownDevice(deps, user, attempt.deviceToken) : null
  await demandRoom(deps, device ? [deviceBudget(subject, device)] : [addressBudget(attempt.address), loginBudget(subject)])
  const right = await deps.passwords.verify(attempt.password, user?.passwordHash ?? null)
  if (!user || !right) throw new Fault('unauthenticated', 'The address or the password is wrong.', { reason: 'invalid_credentials' })
  return startSession(deps, user, device)
}

/** The device a token names, if this user logged in from it since the last change of the password. */
async function knownDevice(deps: Deps, user: User, token: string): Promise<string | null> {
  const claims = await deps.tokens.verify('device', token)
  return claims?.sub === user.id && claims.ver === user.sessionVersion && typeof claims.dev === 'string' ? claims.dev : null
}
