import { Fault, missing } from '@avocet/shared/fault'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'
import { makeSigningKey } from './createSigningKey.ts'
import type { NewSigningKey } from './signingKey.ts'

/**
 * Makes the successor of a key: same name and algorithm. The old key's tokens are good for `overlapSeconds` more.
 * Throws not_found `signing_key_not_found`, conflict `signing_key_retired` when it already has an end, bad_request `invalid_public_key`.
 */
export async function rotateSigningKey(deps: Deps, actor: Actor, id: string, overlapSeconds: number, publicKey: string | null): Promise<NewSigningKey & { retiresAt: number }> {
  demand(actor, 'keys:write')
  const old = (await deps.signingKeys.find(actor.accountId, id)) ?? missing('signing key')
  if (old.revokedAt !== null || old.retiresAt !== null) throw new Fault('conflict', 'This key has already been rotated or revoked.', { reason: 'signing_key_retired' })
  const made = await makeSigningKey(deps, actor.accountId, { name: old.name, algorithm: old.algorithm, publicKey })
  const retiresAt = deps.now() + overlapSeconds * 1000
  await deps.commit([deps.signingKeys.retire(old.id, retiresAt), deps.signingKeys.add(made.key)])
  return { ...made, retiresAt }
}
