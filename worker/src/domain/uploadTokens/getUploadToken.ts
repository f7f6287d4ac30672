import { missing } from '@avocet/shared/fault'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'
import { UPLOAD_TOKEN, type UploadToken } from './uploadToken.ts'

/** A token of the account, by its id or by its own text. */
export async function getUploadToken(deps: Deps, actor: Actor, idOrToken: string): Promise<UploadToken> {
  demand(actor, 'videos:read')
  return findUploadToken(deps, actor, idOrToken)
}

/** The same without asking for a scope. */
export async function findUploadToken(deps: Deps, { accountId }: Actor, idOrToken: string): Promise<UploadToken> {
  const found = UPLOAD_TOKEN.test(idOrToken)
    ? await deps.uploadTokens.findByHash(await deps.crypto.sha256Hex(idOrToken))
    : await deps.uploadTokens.find(accountId, idOrToken)
  return found?.accountId === accountId ? found : missing('upload token')
}

/** The token itself, for dialects that show it again. */
export const revealUploadToken = (deps: Deps, { sealedToken }: UploadToken): Promise<string> => deps.seals.open(sealedToken)
