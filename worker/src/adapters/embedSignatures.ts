import { SIGNED_TOKEN_AUDIENCE, SIGNED_TOKEN_MAX_SECONDS, SIGNED_TOKEN_TYPE } from '@avocet/shared/embed'
import { base64url, decodeProtectedHeader, errors, exportJWK, exportPKCS8, generateKeyPair, importJWK, jwtVerify } from 'jose'
import type { EmbedSignatures, Sealer } from '../domain/platform.ts'
import type { SigningKey } from '../domain/signingKeys/signingKey.ts'

/** How far a customer's clock may be off. */
const CLOCK_SECONDS = 30
/** What a header may say. All else is refused, above all keys or addresses of keys that a token brings along (RFC 8725 section 3.10). */
const HEADER_NAMES = new Set(['alg', 'kid', 'typ'])

/** Algorithm and key come from our row, never from the token. */
export function embedSignatures(seals: Sealer, now: () => number): EmbedSignatures {
  return {
    keyIdOf(token) {
      try {
        return decodeProtectedHeader(token).kid ?? null
      } catch {
        return null
      }
    },
    async verify(token, key) {
      try {
        const strange = Object.keys(decodeProtectedHeader(token)).find((name) => !HEADER_NAMES.has(name))
        if (strange) return { state: 'invalid', why: `its header may not say ${strange}` }
        const { payload } = await jwtVerify(token, await keyOf(key, seals), {
          algorithms: [key.algorithm],
          audience: SIGNED_TOKEN_AUDIENCE,
          typ: SIGNED_TOKEN_TYPE,
          requiredClaims: ['sub', 'iat', 'exp'],
          maxTokenAge: SIGNED_TOKEN_MAX_SECONDS,
          clockTolerance: CLOCK_SECONDS,
          currentDate: new Date(now()),
        })
        return { state: 'good', claims: payload }
      } catch (error) {
        return refusalOf(error)
      }
    },
    async generatePair() {
      const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
      return { publicKey: JSON.stringify(await exportJWK(publicKey)), privateKey: await exportPKCS8(privateKey) }
    },
    async importPublicKey(text) {
      try {
        const jwk = text.trim().startsWith('{') ? JSON.parse(text) : jwkOfPem(text)
        if (jwk.kty !== 'OKP' || jwk.crv !== 'Ed25519' || jwk.d !== undefined || base64url.decode(jwk.x).length !== 32) return null
        const plain = { kty: 'OKP', crv: 'Ed25519', x: jwk.x as string }
        await importJWK(plain, 'EdDSA')
        return JSON.stringify(plain)
      } catch {
        return null
      }
    },
  }
}

/** An Ed25519 key as SPKI is twelve fixed bytes and the key (RFC 8410 section 4). */
function jwkOfPem(pem: string) {
  const [, body = ''] = /^-----BEGIN PUBLIC KEY-----([\sA-Za-z0-9+/=]+)-----END PUBLIC KEY-----$/.exec(pem.trim()) ?? []
  const bytes = Uint8Array.from(atob(body.replace(/\s/g, '')), (letter) => letter.charCodeAt(0))
  const prefix = base64url.encode(bytes.slice(0, 12))
  return { kty: 'OKP', crv: prefix === 'MCowBQYDK2VwAyEA' ? 'Ed25519' : 'another', x: base64url.encode(bytes.slice(12)) }
}

async function keyOf({ publicKey, sealedSecret }: SigningKey, seals: Sealer) {
  if (publicKey !== null) return importJWK(JSON.parse(publicKey), 'EdDSA')
  return base64url.decode(await seals.open(sealedSecret ?? ''))
}

function refusalOf(error: unknown) {
  if (error instanceof errors.JWTExpired) return { state: 'expired' } as const
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'nbf' && error.reason === 'check_failed') return { state: 'early' } as const
  const why = error instanceof errors.JWTClaimValidationFailed ? `its ${error.claim} is missing or not what it must be` : 'its signature does not hold'
  return { state: 'invalid', why } as const
}
