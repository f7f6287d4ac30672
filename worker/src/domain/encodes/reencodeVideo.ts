import { Fault, missing } from '@avocet/shared/fault'
import { type Actor, demand } from '../actor.ts'
import { PRIORITY } from '../jobs/job.ts'
import { newJob } from '../jobs/lease.ts'
import type { Deps } from '../ports.ts'
import { awaitsSource } from '../videos/demandAwaiting.ts'
import { editedProfile, type ProfileEdits } from './editedProfile.ts'
import { type Encode, freshEncode } from './encode.ts'

/**
 * Encodes a video's source again, by the account's profile with what is given in its place. What plays goes on playing until the new
 * encode is whole; a video that has nothing to play yet plays it as soon as it can. Throws not_found, conflict `encode_running`, not_ready
 * `source_missing`.
 */
export async function reencodeVideo(deps: Deps, actor: Actor, videoId: string, edits: ProfileEdits): Promise<Encode> {
  demand(actor, 'videos:write')
  const { asset } = (await deps.videos.findDetail(actor.accountId, videoId)) ?? missing('video')
  if (awaitsSource(asset)) throw new Fault('not_ready', 'This video has no source yet.', { reason: 'source_missing' })
  const running = (await deps.encodes.listByAsset(asset.id)).find(({ state }) => state === 'planning' || state === 'encoding')
  if (running) throw new Fault('conflict', 'This video is being encoded already.', { reason: 'encode_running', extra: { encode_id: running.id } })
  const isEdited = edits.codecs !== undefined || edits.encryption !== undefined
  const account = (await deps.accounts.find(actor.accountId)) ?? missing('account')
  const encode: Encode = { ...freshEncode(deps, asset), profile: isEdited ? editedProfile(account.encodeProfile, edits) : null }
  const plays = asset.currentEncodeId !== null
  const prepare = newJob(deps, {
    accountId: encode.accountId,
    encodeId: encode.id,
    kind: 'prepare',
    priority: plays ? PRIORITY.reencode : PRIORITY.playable,
  })
  await deps.commit([
    deps.encodes.add(encode),
    deps.jobs.add(prepare),
    ...(plays ? [] : [deps.videos.setStatusByAsset(asset.id, 'processing', null, deps.now())]),
  ])
  deps.defer(deps.dispatcher.wake())
  return encode
}
