import { isId } from '@avocet/shared/ids'
import type { Actor } from '../actor.ts'
import type { Deps } from '../ports.ts'
import type { User } from './account.ts'

/** The user behind a session; null for an API key. */
export async function currentUser(deps: Deps, actor: Actor): Promise<User | null> {
  return isId('user', actor.subjectId) ? deps.users.find(actor.subjectId) : null
}
