import type { Actor } from '../actor.ts'
import type { Deps } from '../ports.ts'
import type { LiveStream, OpenLiveStream, SealedRestream } from './liveStream.ts'
import type { RestreamWish } from './restreams.ts'

/** A new stream key as it is kept. Whoever has it may broadcast, so its text is only sealed and its hash only finds it. */
export async function newStreamKey(deps: Deps): Promise<Pick<LiveStream, 'streamKeyHash' | 'sealedStreamKey'>> {
  const key = deps.crypto.randomHex(16)
  return { streamKeyHash: await deps.crypto.sha256Hex(key), sealedStreamKey: await deps.seals.seal(key) }
}

export const sealRestreams = (deps: Deps, restreams: readonly RestreamWish[]): Promise<SealedRestream[]> =>
  Promise.all(restreams.map(async ({ streamKey, ...rest }) => ({ ...rest, sealedStreamKey: await deps.seals.seal(streamKey) })))

/** A live stream as an actor may see it: keys open only to who may also change it. */
export async function openLiveStream(deps: Deps, actor: Actor, stream: LiveStream): Promise<OpenLiveStream> {
  const { streamKeyHash: _, sealedStreamKey, restreams, ...rest } = stream
  const open = async (sealed: string) => (actor.scopes.includes('videos:write') ? deps.seals.open(sealed) : null)
  return {
    ...rest,
    streamKey: await open(sealedStreamKey),
    restreams: await Promise.all(restreams.map(async ({ sealedStreamKey: sealed, ...place }) => ({ ...place, streamKey: await open(sealed) }))),
    // Nothing takes broadcasts yet.
    broadcasting: false,
  }
}
