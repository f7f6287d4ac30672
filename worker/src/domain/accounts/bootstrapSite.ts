import { DEFAULT_PROFILE } from '@avocet/shared/encode'
import { Fault } from '@avocet/shared/fault'
import { SCOPES } from '../actor.ts'
import { issueApiKey } from '../credentials/createApiKey.ts'
import type { Deps, Write } from '../ports.ts'
import type { Account } from './account.ts'

/** The site's first account, as rows for a commit that can happen once. */
export function firstAccount(deps: Deps): { account: Account; writes: Write[] } {
  const account: Account = {
    id: deps.newId('account'),
    name: 'Main',
    storageQuotaBytes: deps.config.accountQuotaBytes,
    storageUsedBytes: 0,
    storageReservedBytes: 0,
    queryKeyAllowed: true,
    encodeProfile: DEFAULT_PROFILE,
    createdAt: deps.now(),
    suspendedAt: null,
  }
  return { account, writes: [deps.accounts.add(account), deps.accounts.addSite(account.id)] }
}

/** First boot: makes the first account and a key to it, for the operator's own tools. Once; afterwards conflict `already_bootstrapped`. */
export async function bootstrapSite(deps: Deps): Promise<{ account: Account; key: string }> {
  const { account, writes } = firstAccount(deps)
  const { key, apiKey } = await issueApiKey(deps, account.id, { name: 'First key', scopes: SCOPES, expiresAt: null })
  try {
    await deps.commit([...writes, deps.apiKeys.add(apiKey)])
  } catch (error) {
    if (error instanceof Fault && error.code === 'conflict') throw new Fault('conflict', 'The site has its first account already.', { reason: 'already_bootstrapped' })
    throw error
  }
  return { account, key }
}
