import { z } from 'zod'
import type { Actor } from '../../domain/actor.ts'
import { importsOf } from '../../domain/imports/importOf.ts'
import { awaitsSource } from '../../domain/videos/demandAwaiting.ts'
import { getVideo } from '../../domain/videos/getVideo.ts'
import { type Quality, qualitiesOf } from '../../domain/encodes/qualitiesOf.ts'
import { sourceStatus } from '../../domain/sources/sourceStatus.ts'
import type { Deps, VideoDetail } from '../../domain/ports.ts'
import { route } from '../../http/route.ts'
import { idParam } from './codec.ts'
import { isToldFirst, spellQuality } from './webhookSpelling.ts'

const quality = z.object({ type: z.enum(['hls', 'mp4']), quality: z.string(), status: z.enum(['waiting', 'encoding', 'encoded', 'failed']) })
const StatusBody = z.object({
  ingest: z.object({
    status: z.enum(['uploading', 'uploaded', 'ingesting', 'ingested']),
    filesize: z.number().nullable(),
    receivedBytes: z.array(z.object({ from: z.number(), to: z.number(), total: z.number() })),
    receivedParts: z.object({ parts: z.array(z.number()), total: z.number().nullable() }),
  }),
  encoding: z.object({
    playable: z.boolean(),
    qualities: z.array(quality),
    metadata: z.object({
      width: z.number().nullable(),
      height: z.number().nullable(),
      bitrate: z.number().nullable(),
      duration: z.number().nullable(),
      framerate: z.number().nullable(),
      samplerate: z.number().nullable(),
      videoCodec: z.string().nullable(),
      audioCodec: z.string().nullable(),
      aspectRatio: z.string().nullable(),
    }),
  }),
})

export const statusRoutes = [
  route({
    method: 'GET',
    path: '/videos/:videoId/status',
    summary: 'How far upload and encoding are',
    tag: 'Videos',
    needs: 'videos:read',
    rate: 'read',
    input: { params: z.object({ videoId: idParam('video', 'vi') }) },
    output: { status: 200, body: StatusBody },
    async run({ deps, actor, params }) {
      const detail = await getVideo(deps, actor, params.videoId)
      const [ingest, qualities] = await Promise.all([ingestOf(deps, actor, detail), detail.encode ? qualitiesOf(deps, detail.encode) : []])
      return { ingest, encoding: encodingOf(detail, qualities) }
    },
  }),
]

/** How a source comes, and what it is called once it is there. */
const INGEST = { upload: ['uploading', 'uploaded'], import: ['ingesting', 'ingested'], copy: ['ingesting', 'ingested'] } as const

async function ingestOf(deps: Deps, actor: Actor, detail: VideoDetail): Promise<z.infer<typeof StatusBody>['ingest']> {
  const { asset, video } = detail
  const [coming, here] = INGEST[video.origin]
  const none = { receivedBytes: [], receivedParts: { parts: [], total: null } }
  if (!awaitsSource(asset)) return { status: here, filesize: asset.sizeBytes, ...none }
  if (video.origin === 'import') {
    const { sizeBytes = null } = (await importsOf(deps, actor, [detail])).get(video.id) ?? {}
    return { status: coming, filesize: sizeBytes, ...none }
  }
  const { intake, parts } = await sourceStatus(deps, detail)
  if (intake?.style !== 'bytes') return { status: coming, filesize: null, ...none, receivedParts: { parts: parts.map(({ position }) => position + 1), total: intake?.total ?? null } }
  const receivedBytes = parts.map(({ position, sizeBytes }) => ({ from: position, to: position + sizeBytes - 1, total: intake.total ?? 0 }))
  return { status: coming, filesize: intake.total, ...none, receivedBytes }
}

const STATUSES = { planning: 'waiting', encoding: 'encoding', ready: 'encoded', failed: 'failed' } as const
type Status = z.infer<typeof quality>['status']

function encodingOf({ asset, encode, video }: VideoDetail, qualities: readonly Quality[]): z.infer<typeof StatusBody>['encoding'] {
  const { media } = asset
  const status = encode ? STATUSES[encode.state] : 'waiting'
  const names = qualities.map(({ quality }) => quality)
  const hls = qualities.filter(({ quality }) => isToldFirst(quality, names)).map(({ quality, state }) => ({ type: 'hls' as const, quality: spellQuality(quality), status: STATUSES[state] as Status }))
  // What failed before it had qualities has no other word for it: the lowest there always is.
  if (video.status === 'failed' && hls.length === 0) hls.push({ type: 'hls', quality: '240p', status: 'failed' })
  const best = names.at(-1)
  const copied = encode?.download ? ('encoded' as const) : status === 'encoded' ? ('encoding' as const) : status
  const mp4 = video.downloadable && best ? [{ type: 'mp4' as const, quality: spellQuality(best), status: copied }] : []
  const picture = media?.video ?? null
  const sound = media?.audio[0] ?? null
  return {
    playable: asset.currentEncodeId !== null,
    qualities: [...hls, ...mp4],
    metadata: {
      width: picture?.width ?? null,
      height: picture?.height ?? null,
      bitrate: media?.bitrateBps ? media.bitrateBps / 1000 : null,
      duration: media ? Math.round(media.durationSeconds ?? 0) : null,
      framerate: picture ? Math.round(picture.frameRate.num / picture.frameRate.den) : null,
      samplerate: sound?.sampleRate ?? null,
      videoCodec: picture?.codec ?? null,
      audioCodec: sound?.codec ?? null,
      aspectRatio: picture ? ratio(picture.width, picture.height) : null,
    },
  }
}

function ratio(width: number, height: number): string {
  let [a, b] = [width, height]
  while (b > 0) [a, b] = [b, a % b]
  return `${width / a}/${height / a}`
}
