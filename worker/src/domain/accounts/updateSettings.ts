import { missing } from '@avocet/shared/fault'
import { type Actor, demand } from '../actor.ts'
import { editedProfile, type ProfileEdits } from '../encodes/editedProfile.ts'
import type { Deps } from '../ports.ts'
import type { Account } from './account.ts'

/** Changes what is given. The profile holds for encodes planned from now on. */
export async function updateSettings(deps: Deps, actor: Actor, edits: ProfileEdits): Promise<Account> {
  demand(actor, 'videos:write')
  const account = (await deps.accounts.find(actor.accountId)) ?? missing('account')
  const encodeProfile = editedProfile(account.encodeProfile, edits)
  await deps.commit([deps.accounts.setEncodeProfile(account.id, encodeProfile)])
  return { ...account, encodeProfile }
}
