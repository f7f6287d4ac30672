import { Fault } from '@avocet/shared/fault'
import type { Deps } from '../ports.ts'
import type { User } from './account.ts'
import { firstAccount } from './bootstrapSite.ts'
import { canonicalEmail, demandPassword } from './password.ts'
import { type Session, startSession } from './session.ts'

/**
 * Claims the site with its one-time setup code: its first admin, owner of the first account. Throws forbidden `invalid_setup_code`,
 * conflict `already_claimed`.
 */
export async function setupAdmin(deps: Deps, wish: { code: string; email: string; password: string; name: string }): Promise<Session> {
  const { setupCode } = deps.config
  if (setupCode === null || !deps.crypto.equal(wish.code, setupCode)) throw new Fault('forbidden', 'The setup code is not valid.', { reason: 'invalid_setup_code' })
  demandPassword(wish.password, 'password')
  const site = await deps.accounts.first()
  if (site?.claimed) throw claimed()
  const { account, writes } = site ? { account: site.account, writes: [] } : firstAccount(deps)
  const user: User = {
    id: deps.newId('user'),
    accountId: account.id,
    email: canonicalEmail(wish.email),
    name: wish.name,
    passwordHash: await deps.passwords.hash(wish.password),
    role: 'owner',
    siteAdmin: true,
    sessionVersion: 1,
    createdAt: deps.now(),
  }
  try {
    await deps.commit([...writes, deps.users.add(user), deps.accounts.claimSite(user.id)])
  } catch (error) {
    if (error instanceof Fault && error.code === 'conflict') throw claimed()
    throw error
  }
  return startSession(deps, user)
}

function claimed(): Fault {
  return new Fault('conflict', 'This site has been claimed already. Log in.', { reason: 'already_claimed' })
}
