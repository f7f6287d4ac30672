import { Fault, missing } from '@avocet/shared/fault'
import type { Deps } from '../ports.ts'
import type { LiveStream } from './liveStream.ts'

const INVITATION_SECONDS = 30 * 24 * 3600
/** How long one viewer may go on. */
const PASS_SECONDS = 24 * 3600

/** Lets one viewer in to a private live stream, once. Made by computation alone; only its use is remembered. */
export function signLiveInvitation(deps: Deps, { id, accountId }: Pick<LiveStream, 'id' | 'accountId'>): Promise<string> {
  return deps.tokens.sign('invitation', { sub: id, acc: accountId, jti: deps.crypto.randomHex(16) }, INVITATION_SECONDS)
}

/** Uses an invitation up for a pass of a day. Throws not_found when it is none, another live stream's, or used. */
export async function acceptLiveInvitation(deps: Deps, id: string, invitation: string): Promise<string> {
  const claims = await deps.tokens.verify('invitation', invitation)
  if (claims?.sub !== id || typeof claims.jti !== 'string') return missing('live stream')
  try {
    await deps.commit([deps.usedTokens.use(claims.jti, Number(claims.exp) * 1000)])
  } catch (error) {
    if (error instanceof Fault && error.code === 'conflict') return missing('live stream')
    throw error
  }
  return deps.tokens.sign('pass', { sub: id, acc: claims.acc, jti: claims.jti }, PASS_SECONDS)
}

/** Whether a pass opens a live stream. */
export async function isLivePass(deps: Deps, id: string, pass: string): Promise<boolean> {
  return (await deps.tokens.verify('pass', pass))?.sub === id
}
