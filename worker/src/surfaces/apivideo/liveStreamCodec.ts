/** A live stream in this dialect. Contract sections 6 and 13. */
import { z } from 'zod'
import { signLiveInvitation } from '../../domain/live/liveInvitation.ts'
import type { OpenLiveStream } from '../../domain/live/liveStream.ts'
import type { Deps } from '../../domain/ports.ts'
import { spellId, Time, time } from './codec.ts'

export const Restream = z.object({ name: z.string(), serverUrl: z.string(), streamKey: z.string().nullable() })

export const LiveStreamBody = z.object({
  liveStreamId: z.string(),
  name: z.string(),
  streamKey: z.string().nullable(),
  public: z.boolean(),
  record: z.boolean(),
  broadcasting: z.boolean(),
  playerId: z.string().nullable(),
  restreams: z.array(Restream),
  createdAt: Time,
  updatedAt: Time,
  assets: z.object({ iframe: z.string(), player: z.string(), hls: z.string(), thumbnail: z.string() }),
})

export async function encodeLiveStream(deps: Deps, stream: OpenLiveStream): Promise<z.infer<typeof LiveStreamBody>> {
  return {
    liveStreamId: spellId('li', stream.id),
    name: stream.name,
    streamKey: stream.streamKey,
    public: stream.visibility === 'public',
    record: stream.record,
    broadcasting: stream.broadcasting,
    playerId: stream.presetId && spellId('pl', stream.presetId),
    restreams: stream.restreams,
    createdAt: time(stream.createdAt),
    updatedAt: time(stream.updatedAt),
    assets: await assetsOf(deps, stream),
  }
}

/** Where it is to be had: `/live` stands for the dialect's host of live streams. A private one's addresses carry an invitation for one viewer. */
async function assetsOf(deps: Deps, stream: OpenLiveStream): Promise<z.infer<typeof LiveStreamBody>['assets']> {
  const invitation = stream.visibility === 'private' ? await signLiveInvitation(deps, stream) : null
  const [id, root] = [spellId('li', stream.id), `${deps.config.publicUrl}/live`]
  const player = invitation ? `${root}/${id}?token=${invitation}` : `${root}/${id}`
  const base = invitation ? `${root}/private/${invitation}` : root
  return {
    iframe: `<iframe src="${player}" width="100%" height="100%" frameborder="0" scrolling="no" allowfullscreen="true"></iframe>`,
    player,
    hls: `${base}/${id}.m3u8`,
    thumbnail: `${base}/${id}/thumbnail.jpg`,
  }
}
