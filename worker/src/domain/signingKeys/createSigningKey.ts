import { Fault } from '@avocet/shared/fault'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'
import type { NewSigningKey, SigningAlgorithm } from './signingKey.ts'

export interface SigningKeyWish {
  name: string
  algorithm: SigningAlgorithm
  /** EdDSA: an Ed25519 public key, SPKI PEM or JWK; null has the pair made here. */
  publicKey: string | null
}

/** Makes a signing key. Throws bad_request `invalid_public_key`. */
export async function createSigningKey(deps: Deps, actor: Actor, wish: SigningKeyWish): Promise<NewSigningKey> {
  demand(actor, 'keys:write')
  const made = await makeSigningKey(deps, actor.accountId, wish)
  await deps.commit([deps.signingKeys.add(made.key)])
  return made
}

/** A key of the wish, not yet kept. */
export async function makeSigningKey(deps: Deps, accountId: Actor['accountId'], { name, algorithm, publicKey }: SigningKeyWish): Promise<NewSigningKey> {
  const base = { id: deps.newId('signingKey'), accountId, name, algorithm, retiresAt: null, revokedAt: null, createdAt: deps.now() }
  if (algorithm === 'HS256') {
    if (publicKey !== null) throw invalid('An HS256 key has no public half.')
    const secret = base64Url(deps.crypto.randomBytes(32))
    return { key: { ...base, publicKey: null, sealedSecret: await deps.seals.seal(secret) }, secret, privateKey: null }
  }
  if (publicKey !== null) {
    const jwk = (await deps.embedSignatures.importPublicKey(publicKey)) ?? invalid('Not an Ed25519 public key: send SPKI PEM or a JWK.')
    return { key: { ...base, publicKey: jwk, sealedSecret: null }, secret: null, privateKey: null }
  }
  const pair = await deps.embedSignatures.generatePair()
  return { key: { ...base, publicKey: pair.publicKey, sealedSecret: null }, secret: null, privateKey: pair.privateKey }
}

const base64Url = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replace(/(?<!=)=+$/, '')

function invalid(message: string): never {
  throw new Fault('bad_request', message, { reason: 'invalid_public_key', errors: [{ path: 'public_key', message }] })
}
