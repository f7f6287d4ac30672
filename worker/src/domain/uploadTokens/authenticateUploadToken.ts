import { Fault } from '@avocet/shared/fault'
import { demandInUse } from '../accounts/suspendAccount.ts'
import type { Actor } from '../actor.ts'
import type { Deps } from '../ports.ts'
import { UPLOAD_TOKEN } from './uploadToken.ts'

/**
 * The actor behind an upload token: without scopes, so only what asks for none of them lets it through. One that has ended passes too, to
 * go on with what it began; `useUploadToken` refuses it anything new. Throws unauthenticated `invalid_upload_token`,
 * forbidden `account_suspended`.
 */
export async function authenticateUploadToken(deps: Deps, text: string): Promise<Actor> {
  const found = UPLOAD_TOKEN.test(text) ? await deps.uploadTokens.findByHash(await deps.crypto.sha256Hex(text)) : null
  if (!found) throw new Fault('unauthenticated', 'The upload token is not valid.', { reason: 'invalid_upload_token' })
  demandInUse(found)
  return { kind: 'uploadToken', accountId: found.accountId, scopes: [], subjectId: found.id, uploadToken: found, rateLimits: null, siteAdmin: false }
}
