import type { Deps } from '../ports.ts'

const SECRET_BYTES = 32
const PREFIX = 'whsec_'

/** A fresh signing secret as its owner sees it once, and as it is kept. */
export async function newSecret(deps: Deps): Promise<{ secret: string; sealed: string }> {
  const secret = PREFIX + btoa(String.fromCharCode(...deps.crypto.randomBytes(SECRET_BYTES)))
  return { secret, sealed: await deps.seals.seal(secret) }
}

/** `webhook-signature` of a body under each secret (Standard Webhooks 1.0.0: HMAC-SHA256 over `id.timestamp.body`). */
export async function signatures(deps: Deps, sealed: readonly string[], id: string, timestamp: number, body: string): Promise<string> {
  const signed = sealed.map(async (one) => {
    const secret = await deps.seals.open(one)
    return `v1,${await deps.crypto.hmacSha256Base64(secret.slice(PREFIX.length), `${id}.${timestamp}.${body}`)}`
  })
  return (await Promise.all(signed)).join(' ')
}
