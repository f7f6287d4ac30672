import { missing } from '@avocet/shared/fault'
import type { Actor } from '../actor.ts'
import type { Deps, VideoDetail } from '../ports.ts'
import type { Encode } from './encode.ts'

/** A video of the account and one encode of its asset. Throws not_found for either. */
export async function encodeOf(deps: Deps, actor: Actor, videoId: string, encodeId: string): Promise<VideoDetail & { encode: Encode }> {
  const detail = (await deps.videos.findDetail(actor.accountId, videoId)) ?? missing('video')
  const encode = (await deps.encodes.listByAsset(detail.asset.id)).find(({ id }) => id === encodeId) ?? missing('encode')
  return { ...detail, encode }
}
