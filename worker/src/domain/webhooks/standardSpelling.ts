import type { Spelling } from './spelling.ts'
import { FAILING_TOO_LONG_MS, waitAfter } from './schedule.ts'

const SECRET_BYTES = 32
const PREFIX = 'whsec_'

/** Standard Webhooks 1.0.0: `webhook-signature` is an HMAC-SHA256 over `id.timestamp.body` under each secret in force. */
export const standardSpelling: Spelling = {
  newSecret: (deps) => PREFIX + btoa(String.fromCharCode(...deps.crypto.randomBytes(SECRET_BYTES))),
  async tell(deps, { event, at, secrets }) {
    const body = JSON.stringify({ type: event.type, timestamp: new Date(event.createdAt).toISOString(), data: event.data })
    const timestamp = Math.floor(at / 1000)
    const signed = secrets.map(async (secret) => `v1,${await deps.crypto.hmacSha256Base64(secret.slice(PREFIX.length), `${event.id}.${timestamp}.${body}`)}`)
    return { body, headers: { 'webhook-id': event.id, 'webhook-timestamp': String(timestamp), 'webhook-signature': (await Promise.all(signed)).join(' ') } }
  },
  isHeard: (status) => status >= 200 && status < 300,
  waitAfter,
  failingTooLongMs: FAILING_TOO_LONG_MS,
}
