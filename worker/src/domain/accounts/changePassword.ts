import { Fault, missing } from '@avocet/shared/fault'
import type { Actor } from '../actor.ts'
import { deviceBudget } from '../limits/budgets.ts'
import { demandRoom } from '../limits/demandRoom.ts'
import type { Deps } from '../ports.ts'
import { currentUser } from './currentUser.ts'
import { demandPassword } from './password.ts'
import { type Session, startSession } from './session.ts'

/** Sets a new password, ends all older sessions and opens a new one. Throws forbidden `invalid_credentials` when the current one is wrong. */
export async function changePassword(deps: Deps, actor: Actor, current: string, next: string): Promise<Session> {
  const user = (await currentUser(deps, actor)) ?? missing('user')
  demandPassword(next, 'new_password')
  await demandRoom(deps, [deviceBudget(await deps.crypto.sha256Hex(user.email), 'session')])
  if (!(await deps.passwords.verify(current, user.passwordHash))) throw new Fault('forbidden', 'The current password is wrong.', { reason: 'invalid_credentials' })
  const changed = { ...user, passwordHash: await deps.passwords.hash(next), sessionVersion: user.sessionVersion + 1 }
  await deps.commit([deps.users.setPassword(user.id, changed.passwordHash, changed.sessionVersion)])
  return startSession(deps, changed)
}
