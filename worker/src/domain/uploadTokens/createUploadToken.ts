import type { VideoId } from '@avocet/shared/ids'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'
import { demandAwaiting } from '../videos/demandAwaiting.ts'
import type { UploadToken } from './uploadToken.ts'

export interface UploadTokenWish {
  name: string
  ttlSeconds: number | null
  maxBytes: number | null
  maxUploads: number | null
  /** A video of the account that awaits its source. */
  videoId: string | null
}

/** Makes a token to upload with. Throws not_found `video_not_found`, conflict `video_has_source`. */
export async function createUploadToken(deps: Deps, actor: Actor, wish: UploadTokenWish): Promise<{ token: string; uploadToken: UploadToken }> {
  demand(actor, 'videos:write')
  if (wish.videoId !== null) await demandAwaiting(deps, actor.accountId, wish.videoId)
  const token = `upt_${deps.crypto.randomHex(16)}`
  const now = deps.now()
  const uploadToken: UploadToken = {
    id: deps.newId('uploadToken'),
    accountId: actor.accountId,
    name: wish.name,
    tokenHash: await deps.crypto.sha256Hex(token),
    sealedToken: await deps.seals.seal(token),
    videoId: wish.videoId as VideoId | null,
    maxBytes: wish.maxBytes,
    maxUploads: wish.maxUploads,
    uploads: 0,
    ttlSeconds: wish.ttlSeconds,
    expiresAt: wish.ttlSeconds === null ? null : now + wish.ttlSeconds * 1000,
    createdAt: now,
  }
  await deps.commit([deps.uploadTokens.add(uploadToken)])
  return { token, uploadToken }
}
