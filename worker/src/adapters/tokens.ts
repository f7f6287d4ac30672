import { jwtVerify, SignJWT } from 'jose'
import type { TokenClass, TokenSigner } from '../domain/platform.ts'

const encoder = new TextEncoder()

/**
 * Tokens as JWT (HS256). Each class has its own audience, `typ` and key, derived by HKDF from the site's secret, so a token of
 * one class is never valid as another (DESIGN section 6). A previous secret still verifies while its tokens live.
 */
export function tokenSigner(secret: string, previous: string | undefined, now: () => number): TokenSigner {
  const keys = new Map<string, Promise<CryptoKey>>()
  const keyOf = (cls: TokenClass, from: string) => {
    const name = `${cls} ${from === secret ? 'current' : 'previous'}`
    const key = keys.get(name) ?? deriveKey(from, cls)
    keys.set(name, key)
    return key
  }
  return {
    async sign(cls, claims, lifetimeSeconds) {
      const issuedAt = Math.floor(now() / 1000)
      return new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256', typ: `avocet-${cls}` })
        .setAudience(cls)
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + lifetimeSeconds)
        .sign(await keyOf(cls, secret))
    },
    async verify(cls, token, leewaySeconds = 0) {
      for (const from of previous ? [secret, previous] : [secret]) {
        try {
          const { payload } = await jwtVerify(token, await keyOf(cls, from), {
            algorithms: ['HS256'],
            audience: cls,
            typ: `avocet-${cls}`,
            requiredClaims: ['exp', 'iat'],
            currentDate: new Date(now()),
            clockTolerance: leewaySeconds,
          })
          return payload
        } catch {
          // Not this key's token; no key's token is no token.
        }
      }
      return null
    },
  }
}

async function deriveKey(secret: string, cls: TokenClass): Promise<CryptoKey> {
  const base = await crypto.subtle.importKey('raw', encoder.encode(secret), 'HKDF', false, ['deriveKey'])
  const parameters = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: encoder.encode(`avocet token ${cls}`) }
  return crypto.subtle.deriveKey(parameters, base, { name: 'HMAC', hash: 'SHA-256', length: 256 }, false, ['sign', 'verify'])
}
