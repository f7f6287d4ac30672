import { z } from 'zod'
import { awaitsSource } from '../../domain/videos/demandAwaiting.ts'
import type { Config, VideoDetail } from '../../domain/ports.ts'
import { shownPoster } from '../../domain/videos/shownPoster.ts'
import { embedHtml, fitted, responsiveEmbedHtml } from '../../http/embedHtml.ts'
import type { ImportProgress } from '../../domain/imports/import.ts'
import { Iso, iso, isoOrNull } from './codec.ts'

const Metadatum = z.strictObject({ key: z.string(), value: z.string() })
const count = z.number().int().nonnegative()

export const ImportBody = z
  .object({
    status: z.enum(['fetching', 'completed', 'failed', 'cancelled']),
    host: z.string().describe('Of the address; the rest may hold a signature and is not shown'),
    received: count,
    size: count.nullable().describe('Null until the server has told'),
    attempts: count.describe('Tries in a row that brought nothing new'),
    next_attempt_at: Iso.nullable(),
    error: z.object({ code: z.string(), message: z.string() }).nullable().describe('Why the last try, or the import, failed'),
    created_at: Iso,
    ended_at: Iso.nullable(),
  })
  .meta({ id: 'Import' })

export const encodeImport = ({ ingest, receivedBytes, sizeBytes }: ImportProgress): z.infer<typeof ImportBody> => ({
  status: ingest.state,
  host: ingest.host,
  received: receivedBytes,
  size: sizeBytes,
  attempts: ingest.tries,
  next_attempt_at: ingest.state === 'fetching' ? iso(ingest.nextAttemptAt) : null,
  error: ingest.errorReason ? { code: ingest.errorReason, message: ingest.errorMessage ?? '' } : null,
  created_at: iso(ingest.createdAt),
  ended_at: isoOrNull(ingest.endedAt),
})

/** A video on the native wire. Durations in seconds, sizes in bytes. */
export const VideoBody = z.object({
  id: z.string(),
  title: z.string(),
  description: z.string(),
  status: z.enum(['processing', 'ready', 'failed']),
  playable: z.boolean().describe('True as soon as playback can start; the video may still be processing.'),
  progress: z.number().min(0).max(1),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  warnings: z.array(z.object({ code: z.string(), message: z.string() })).describe('What could not be made and was left out.'),
  visibility: z.enum(['public', 'private']),
  allowed_domains: z.array(z.string()),
  allow_no_referrer: z.boolean(),
  preset_id: z.string().nullable(),
  tags: z.array(z.string()),
  metadata: z.array(Metadatum).describe('Your own notes; never shown to viewers.'),
  panoramic: z.boolean(),
  downloadable: z.boolean(),
  download_url: z.string().nullable().describe('The video as one MP4 file, once it is made.'),
  embed_token: z.string(),
  watch_url: z.string(),
  embed_html: z.string(),
  embed: z
    .object({ fixed_html: z.string(), responsive_html: z.string(), script_html: z.string(), oembed_url: z.string() })
    .describe('For your pages: the player in a frame of 640 pixels, or as wide as its surroundings; the script to steer it with; its oEmbed address. For a private video, put a minted token in the place of embed_token.'),
  poster: z.object({ source: z.enum(['automatic', 'image', 'time']), time: z.number().nullable() }).describe('What its owner chose; a frame at a time shows once it is made.'),
  poster_url: z.string().nullable(),
  duration: z.number().nullable(),
  size: count,
  views: count,
  renditions: z.array(z.object({ name: z.string(), width: count, height: count, max_bitrate: count })),
  source: z.object({
    status: z.enum(['waiting', 'fetching', 'stored']).describe('waiting: an upload or an import may give it one'),
    origin: z.enum(['upload', 'import', 'copy']).describe('How it came, or is coming; one that waits after an import that failed may be uploaded'),
    filename: z.string(),
    size: count,
    container: z.string().nullable(),
    video: z.object({ codec: z.string(), width: count, height: count, frame_rate: z.number() }).nullable(),
    audio: z.array(z.object({ codec: z.string(), channels: count, language: z.string() })),
  }),
  import: ImportBody.nullable().describe('How the fetching of its source stands, until it has one'),
  created_at: Iso,
  updated_at: Iso,
}).meta({ id: 'Video' })

export const VideoChanges = z
  .strictObject({
    title: z.string(),
    description: z.string(),
    allowed_domains: z.array(z.string()).max(100),
    allow_no_referrer: z.boolean(),
    visibility: z.enum(['public', 'private']),
    preset_id: z.string().nullable(),
    tags: z.array(z.string()).max(200),
    metadata: z.array(Metadatum).max(200),
    panoramic: z.boolean(),
    downloadable: z.boolean(),
  })
  .partial()

export const NewVideo = VideoChanges.pick({ description: true, visibility: true, preset_id: true, tags: true, metadata: true, panoramic: true, downloadable: true }).extend({ title: z.string() })

/** `ingest`: the import that is to bring its source, where there is one. */
export function encodeVideo(config: Config, { video, asset, encode }: VideoDetail, ingest?: ImportProgress): z.infer<typeof VideoBody> {
  const { media } = asset
  const watchUrl = `${config.publicUrl}/watch/${video.embedToken}`
  return {
    id: video.id,
    title: video.title,
    description: video.description,
    status: video.status,
    playable: asset.currentEncodeId !== null,
    progress: video.status === 'ready' ? 1 : (encode?.progress ?? 0),
    error: video.errorReason ? { code: video.errorReason, message: video.errorMessage ?? '' } : null,
    warnings: (encode?.plan?.dropped ?? []).map(({ reason, message }) => ({ code: reason, message })),
    visibility: video.visibility,
    allowed_domains: video.allowedDomains,
    allow_no_referrer: video.allowNoReferrer,
    preset_id: video.presetId,
    tags: video.tags,
    metadata: video.metadata,
    panoramic: video.panoramic,
    downloadable: video.downloadable,
    download_url: video.downloadable && encode?.download ? `${config.publicUrl}/api/v1/videos/${video.id}/download` : null,
    embed_token: video.embedToken,
    watch_url: watchUrl,
    embed_html: embedHtml(watchUrl),
    embed: embedOf(config, watchUrl, encode),
    poster: { source: video.poster === null ? 'automatic' : video.poster.atSeconds === null ? 'image' : 'time', time: video.poster?.atSeconds ?? null },
    poster_url: shownPoster({ video, encode }) && video.visibility === 'public' ? `${config.publicUrl}/api/v1/embed/${video.embedToken}/poster.jpg` : null,
    duration: encode?.plan?.durationSeconds ?? media?.durationSeconds ?? null,
    size: asset.sizeBytes,
    views: video.views,
    renditions: (encode?.plan?.video ?? []).map(({ name, width, height, maxrateKbps }) => ({ name, width, height, max_bitrate: maxrateKbps * 1000 })),
    source: {
      status: awaitsSource(asset) ? (ingest?.ingest.state === 'fetching' ? 'fetching' : 'waiting') : 'stored',
      origin: video.origin,
      filename: asset.filename,
      size: asset.sizeBytes,
      container: media?.container ?? null,
      video: media?.video
        ? { codec: media.video.codec, width: media.video.width, height: media.video.height, frame_rate: media.video.frameRate.num / media.video.frameRate.den }
        : null,
      audio: (media?.audio ?? []).map(({ codec, channels, language }) => ({ codec, channels, language })),
    },
    import: ingest ? encodeImport(ingest) : null,
    created_at: iso(video.createdAt),
    updated_at: iso(video.updatedAt),
  }
}

function embedOf({ publicUrl }: Config, watchUrl: string, encode: VideoDetail['encode']): z.infer<typeof VideoBody>['embed'] {
  const { width, height } = encode?.plan?.video[0] ?? { width: 16, height: 9 }
  return {
    fixed_html: embedHtml(watchUrl, fitted({ width, height }, 640, 640)),
    responsive_html: responsiveEmbedHtml(watchUrl, { width, height }),
    script_html: `<script src="${publicUrl}/player/embed.js"></script>`,
    oembed_url: `${publicUrl}/oembed?${new URLSearchParams({ url: watchUrl })}`,
  }
}
