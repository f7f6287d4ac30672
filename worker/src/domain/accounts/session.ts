import type { Deps } from '../ports.ts'
import type { User } from './account.ts'

export const SESSION_SECONDS = 12 * 3600
const DEVICE_SECONDS = 180 * 86_400

export interface Session {
  token: string
  /** Sent with the next login it tells the device from strangers; it opens nothing. */
  deviceToken: string
  user: User
}

/** A login session of a user; ends by time or with the next password change. `device`: as which it is known, or null for a new one. */
export async function startSession(deps: Deps, user: User, device: string | null = null): Promise<Session> {
  const [token, deviceToken] = await Promise.all([
    deps.tokens.sign('session', { sub: user.id, acc: user.accountId, ver: user.sessionVersion }, SESSION_SECONDS),
    deps.tokens.sign('device', { sub: user.id, ver: user.sessionVersion, dev: device ?? deps.crypto.randomHex(8) }, DEVICE_SECONDS),
  ])
  return { token, deviceToken, user }
}
