import { z } from 'zod'
import { signInvitation } from '../../domain/playback/invitation.ts'
import type { Deps, VideoDetail } from '../../domain/ports.ts'
import { spellId, Time, time } from './codec.ts'

const Metadatum = z.object({ key: z.string(), value: z.string() })

/** How a source came, in this dialect's words: the contract names `upload` alone of them, and leaves the word free. */
const SOURCES = { upload: 'upload', import: 'url', copy: 'copy' } as const

/** A video in this dialect. Contract section 4. */
export const VideoBody = z.object({
  videoId: z.string(),
  title: z.string(),
  description: z.string(),
  public: z.boolean(),
  panoramic: z.boolean(),
  mp4Support: z.boolean(),
  playerId: z.string().nullable(),
  tags: z.array(z.string()),
  metadata: z.array(Metadatum),
  publishedAt: Time,
  createdAt: Time,
  updatedAt: Time,
  discarded: z.boolean(),
  discardedAt: z.null(),
  deletesAt: z.null(),
  source: z.object({ type: z.enum(['upload', 'url', 'copy']), uri: z.string() }),
  assets: z.object({ iframe: z.string(), player: z.string(), hls: z.string(), thumbnail: z.string(), mp4: z.string().optional() }),
})

export const VideoChanges = VideoBody.pick({ title: true, description: true, public: true, panoramic: true, mp4Support: true, playerId: true, tags: true, metadata: true }).partial()

/** This dialect makes an MP4 of every video whose owner does not say otherwise. */
export const MP4_UNLESS_ASKED = true

export async function encodeVideo(deps: Deps, { video }: VideoDetail): Promise<z.infer<typeof VideoBody>> {
  const videoId = spellId('vi', video.id)
  return {
    videoId,
    title: video.title,
    description: video.description,
    public: video.visibility === 'public',
    panoramic: video.panoramic,
    mp4Support: video.downloadable,
    playerId: video.presetId && spellId('pl', video.presetId),
    tags: video.tags,
    metadata: video.metadata,
    publishedAt: time(video.createdAt),
    createdAt: time(video.createdAt),
    updatedAt: time(video.updatedAt),
    discarded: false,
    discardedAt: null,
    deletesAt: null,
    source: { type: SOURCES[video.origin], uri: `/videos/${videoId}/source` },
    assets: await assetsOf(deps, video, videoId),
  }
}

/** Where it is to be had. A private video's addresses carry an invitation for one viewer, new with every answer. */
async function assetsOf(deps: Deps, video: VideoDetail['video'], videoId: string): Promise<z.infer<typeof VideoBody>['assets']> {
  const invitation = video.visibility === 'private' ? await signInvitation(deps, video) : null
  const page = `${deps.config.publicUrl}/vod/${videoId}`
  const player = invitation ? `${page}?token=${invitation}` : page
  const base = invitation ? `${page}/token/${invitation}` : page
  return {
    iframe: `<iframe src="${player}" width="100%" height="100%" frameborder="0" scrolling="no" allowfullscreen="true"></iframe>`,
    player,
    hls: `${base}/hls/manifest.m3u8`,
    thumbnail: `${base}/thumbnail.jpg`,
    ...(video.downloadable ? { mp4: `${base}/mp4/source.mp4` } : {}),
  }
}
