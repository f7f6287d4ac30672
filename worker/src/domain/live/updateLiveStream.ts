import { missing } from '@avocet/shared/fault'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'
import { cleanTitle } from '../videos/title.ts'
import { presetOf } from '../videos/updateVideo.ts'
import type { LiveStreamWish } from './createLiveStream.ts'
import { openLiveStream, sealRestreams } from './keys.ts'
import type { LiveStream, OpenLiveStream } from './liveStream.ts'
import { checkRestreams } from './restreams.ts'

/**
 * Changes what is given; places to pass on to are replaced whole. What concerns a broadcast holds from the next one on.
 * Throws not_found, conflict, bad_request as `createLiveStream`.
 */
export async function updateLiveStream(deps: Deps, actor: Actor, id: string, edits: Partial<LiveStreamWish>): Promise<OpenLiveStream> {
  demand(actor, 'videos:write')
  const stream = (await deps.liveStreams.find(actor.accountId, id)) ?? missing('live stream')
  const changed: LiveStream = {
    ...stream,
    name: edits.name === undefined ? stream.name : cleanTitle(edits.name, 'name'),
    visibility: edits.visibility ?? stream.visibility,
    presetId: edits.presetId === undefined ? stream.presetId : await presetOf(deps, actor, edits.presetId),
    record: edits.record ?? stream.record,
    restreams: edits.restreams === undefined ? stream.restreams : await sealRestreams(deps, checkRestreams(edits.restreams)),
    updatedAt: deps.now(),
  }
  await deps.commit([deps.liveStreams.save(changed)])
  return openLiveStream(deps, actor, changed)
}
