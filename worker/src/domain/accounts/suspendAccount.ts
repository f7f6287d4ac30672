import { Fault, missing } from '@avocet/shared/fault'
import { isId } from '@avocet/shared/ids'
import type { Deps } from '../ports.ts'
import type { Account } from './account.ts'

/**
 * Suspends an account, or lets it back in: meanwhile its keys, sessions and upload tokens are refused everything, within seconds. What is
 * there stays, and goes on playing and encoding. The site's operator alone may. Throws not_found.
 */
export async function suspendAccount(deps: Deps, id: string, suspended: boolean): Promise<Account> {
  const account = (isId('account', id) ? await deps.accounts.find(id) : null) ?? missing('account')
  const suspendedAt = suspended ? (account.suspendedAt ?? deps.now()) : null
  await deps.commit([deps.accounts.setSuspended(account.id, suspendedAt)])
  return { ...account, suspendedAt }
}

/** Lets a credential's account go on only while it is in use. Throws forbidden `account_suspended`. */
export function demandInUse({ suspendedAt }: Pick<Account, 'suspendedAt'>): void {
  if (suspendedAt !== null) throw new Fault('forbidden', 'This account is suspended. Ask whoever runs this site.', { reason: 'account_suspended' })
}
