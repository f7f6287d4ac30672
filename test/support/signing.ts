/** A customer's own server: signs embed tokens with a key of its account. */
import { type JWTHeaderParameters, SignJWT, base64url, importPKCS8 } from 'jose'
import { post, type Tenant } from './site.ts'

export interface SigningKey {
  id: string
  secret: string | null
  private_key: string | null
  public_key: string | null
}

export async function signingKey(mine: Tenant, body: object = {}): Promise<SigningKey> {
  return (await post('/api/v1/signing-keys', { name: 'lms', ...body }, { key: mine.key })).json()
}

export const seconds = () => Math.floor(Date.now() / 1000)

/** A token for a video, good for an hour, with whatever is to be said otherwise. `undefined` leaves a claim out. */
export async function sign(key: SigningKey, videoId: string, claims: Record<string, unknown> = {}, header: Partial<JWTHeaderParameters> = {}): Promise<string> {
  const payload = { sub: videoId, aud: 'avocet-embed', iat: seconds(), exp: seconds() + 3600, ...claims }
  const algorithm = key.secret === null ? 'EdDSA' : 'HS256'
  const material = key.secret === null ? await importPKCS8(key.private_key ?? '', 'EdDSA') : base64url.decode(key.secret)
  return new SignJWT(JSON.parse(JSON.stringify(payload))).setProtectedHeader({ alg: algorithm, typ: 'avocet-embed+jwt', kid: key.id, ...header }).sign(material)
}
