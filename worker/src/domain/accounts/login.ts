import { Fault } from '@avocet/shared/fault'
import type { Deps } from '../ports.ts'
import { canonicalEmail } from './password.ts'
import { type Session, startSession } from './session.ts'

/** Opens a session. An unknown address and a wrong password look and cost the same (A14): unauthenticated `invalid_credentials`. */
export async function login(deps: Deps, email: string, password: string): Promise<Session> {
  const user = await deps.users.findByEmail(canonicalEmail(email))
  const right = await deps.passwords.verify(password, user?.passwordHash ?? null)
  if (!user || !right) throw new Fault('unauthenticated', 'The address or the password is wrong.', { reason: 'invalid_credentials' })
  return startSession(deps, user)
}
