import { Fault, missing } from '@avocet/shared/fault'
import { isId, type VideoId } from '@avocet/shared/ids'
import { parseTerms } from '../embeds/embedTerms.ts'
import type { EmbedRights } from '../embeds/embedToken.ts'
import type { Deps } from '../ports.ts'
import type { Video } from '../videos/video.ts'

const INVITATION_SECONDS = 30 * 24 * 3600
/** How long one viewer may go on. */
const PASS_SECONDS = 24 * 3600

/** Lets one viewer in to a private video, once. Made by computation alone, for every video of a list; only its use is remembered. */
export function signInvitation(deps: Deps, { id, accountId }: Video): Promise<string> {
  return deps.tokens.sign('invitation', { sub: id, acc: accountId, jti: deps.crypto.randomHex(16) }, INVITATION_SECONDS)
}

/** Whether a text is an invitation to the video, used or not; it is not used up by this. */
export async function isInvitation(deps: Deps, videoId: VideoId, text: string): Promise<boolean> {
  return (await deps.tokens.verify('invitation', text))?.sub === videoId
}

/** Uses an invitation up for a pass: an embed token of a day. Throws not_found when it is none, another video's, or used. */
export async function acceptInvitation(deps: Deps, videoId: VideoId, invitation: string): Promise<string> {
  const claims = await deps.tokens.verify('invitation', invitation)
  if (claims?.sub !== videoId || typeof claims.jti !== 'string') return missing('video')
  try {
    await deps.commit([deps.usedTokens.use(claims.jti, Number(claims.exp) * 1000)])
  } catch (error) {
    if (error instanceof Fault && error.code === 'conflict') return missing('video')
    throw error
  }
  return deps.tokens.sign('pass', { sub: videoId, acc: claims.acc, jti: claims.jti }, PASS_SECONDS)
}

/** What a pass allows; null when the text is none. Withdrawn with the video's other tokens. */
export async function verifyPass(deps: Deps, text: string): Promise<EmbedRights | null> {
  const claims = await deps.tokens.verify('pass', text)
  if (typeof claims?.sub !== 'string' || typeof claims.acc !== 'string' || !isId('video', claims.sub) || !isId('account', claims.acc)) return null
  return {
    ...parseTerms(deps.addresses, {}),
    id: `pass.${claims.jti}`,
    accountId: claims.acc,
    videoId: claims.sub,
    startsAt: null,
    expiresAt: Number(claims.exp) * 1000,
    revokedAt: null,
    createdAt: Number(claims.iat) * 1000,
  }
}
