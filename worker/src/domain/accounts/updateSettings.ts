import { missing } from '@avocet/shared/fault'
import { type Actor, demand } from '../actor.ts'
import { editedProfile, type ProfileEdits } from '../encodes/editedProfile.ts'
import type { Deps } from '../ports.ts'
import type { Account } from './account.ts'

/**
 * Changes what is given. The profile holds for encodes planned from now on; whether keys may come in addresses is known everywhere within
 * seconds (`findByHash`), and who says it must hold `keys:write`. Throws forbidden `insufficient_scope`.
 */
export async function updateSettings(deps: Deps, actor: Actor, edits: ProfileEdits & { queryKeyAllowed?: boolean | undefined }): Promise<Account> {
  demand(actor, 'videos:write')
  if (edits.queryKeyAllowed !== undefined) demand(actor, 'keys:write')
  const account = (await deps.accounts.find(actor.accountId)) ?? missing('account')
  const encodeProfile = editedProfile(account.encodeProfile, edits)
  const queryKeyAllowed = edits.queryKeyAllowed ?? account.queryKeyAllowed
  await deps.commit([deps.accounts.setSettings(account.id, { encodeProfile, queryKeyAllowed })])
  return { ...account, encodeProfile, queryKeyAllowed }
}
