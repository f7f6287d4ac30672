import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'
import { findUploadToken } from './getUploadToken.ts'

/** Ends a token at once, by its id or its own text, for uploads under way too: an API key of the account can still finish them. */
export async function deleteUploadToken(deps: Deps, actor: Actor, idOrToken: string): Promise<void> {
  demand(actor, 'videos:write')
  const { id } = await findUploadToken(deps, actor, idOrToken)
  await deps.commit([deps.uploadTokens.remove(id)])
}
