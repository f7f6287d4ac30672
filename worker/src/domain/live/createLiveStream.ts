import { Fault } from '@avocet/shared/fault'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'
import { cleanTitle } from '../videos/title.ts'
import { presetOf } from '../videos/updateVideo.ts'
import { newStreamKey, openLiveStream, sealRestreams } from './keys.ts'
import type { LiveStream, OpenLiveStream } from './liveStream.ts'
import { checkRestreams, type RestreamWish } from './restreams.ts'

export const MAX_LIVE_STREAMS = 1_000
const EVERY = { name: null, streamKeyHash: null, sort: 'created_at' } as const

export interface LiveStreamWish {
  name: string
  visibility?: LiveStream['visibility'] | undefined
  presetId?: string | null | undefined
  record?: boolean | undefined
  restreams?: RestreamWish[] | undefined
}

/** Makes a live stream with a stream key of its own. Throws bad_request (`title_too_long`, `preset_not_found`, `invalid_restream`, ...), quota_exceeded `too_many_live_streams`. */
export async function createLiveStream(deps: Deps, actor: Actor, wish: LiveStreamWish): Promise<OpenLiveStream> {
  demand(actor, 'videos:write')
  const name = cleanTitle(wish.name, 'name')
  const restreams = checkRestreams(wish.restreams ?? [])
  if ((await deps.liveStreams.list(actor.accountId, EVERY, { offset: 0, limit: 1 })).total >= MAX_LIVE_STREAMS)
    throw new Fault('quota_exceeded', `An account has at most ${MAX_LIVE_STREAMS} live streams.`, { reason: 'too_many_live_streams' })
  const now = deps.now()
  const stream: LiveStream = {
    id: deps.newId('liveStream'),
    accountId: actor.accountId,
    name,
    visibility: wish.visibility ?? 'public',
    presetId: await presetOf(deps, actor, wish.presetId ?? null),
    record: wish.record ?? false,
    ...(await newStreamKey(deps)),
    restreams: await sealRestreams(deps, restreams),
    thumbnail: null,
    createdAt: now,
    updatedAt: now,
    version: 1,
  }
  await deps.commit([deps.liveStreams.add(stream)])
  return openLiveStream(deps, actor, stream)
}
