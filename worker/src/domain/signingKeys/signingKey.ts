import type { AccountId, Id } from '@avocet/shared/ids'

export const SIGNING_ALGORITHMS = ['EdDSA', 'HS256'] as const
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number]

/** A key an account's own server signs embed tokens with; its id is the tokens' `kid`. */
export interface SigningKey {
  id: Id<'signingKey'>
  accountId: AccountId
  name: string
  algorithm: SigningAlgorithm
  /** Ed25519 public key as JWK text; null for HS256. */
  publicKey: string | null
  /** HS256 secret, sealed; null for EdDSA, whose private half we never keep. */
  sealedSecret: string | null
  /** From then on its tokens are void: set by rotation, after an overlap. */
  retiresAt: number | null
  revokedAt: number | null
  createdAt: number
}

/** A key just made, with what is shown once. */
export interface NewSigningKey {
  key: SigningKey
  /** HS256: the secret, base64url of 32 bytes. */
  secret: string | null
  /** EdDSA, when made here: PKCS #8 PEM. */
  privateKey: string | null
}
