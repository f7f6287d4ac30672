import { z } from 'zod'
import { getVideo } from '../../domain/videos/getVideo.ts'
import { sourceStatus } from '../../domain/sources/sourceStatus.ts'
import type { Deps, VideoDetail } from '../../domain/ports.ts'
import { route } from '../../http/route.ts'
import { idParam } from './codec.ts'

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
      return { ingest: await ingestOf(deps, detail), encoding: encodingOf(detail) }
    },
  }),
]

async function ingestOf(deps: Deps, detail: VideoDetail): Promise<z.infer<typeof StatusBody>['ingest']> {
  const { intake, parts } = await sourceStatus(deps, detail)
  const byBytes = intake?.style === 'bytes'
  const arrived = detail.asset.sizeBytes > 0
  return {
    status: arrived ? 'uploaded' : 'uploading',
    filesize: arrived ? detail.asset.sizeBytes : byBytes ? intake.total : null,
    receivedBytes: byBytes ? parts.map(({ position, sizeBytes }) => ({ from: position, to: position + sizeBytes - 1, total: intake.total ?? 0 })) : [],
    receivedParts: { parts: intake && !byBytes ? parts.map(({ position }) => position + 1) : [], total: intake && !byBytes ? intake.total : null },
  }
}

const STATUSES = { planning: 'waiting', encoding: 'encoding', ready: 'encoded', failed: 'failed' } as const

function encodingOf({ asset, encode, video }: VideoDetail): z.infer<typeof StatusBody>['encoding'] {
  const { media } = asset
  const status = encode ? STATUSES[encode.state] : 'waiting'
  const rungs = (encode?.plan?.video ?? []).filter(({ codec }) => codec === 'h264').map(({ width, height }) => Math.min(width, height))
  const hls = rungs.sort((a, b) => a - b).map((lines) => ({ type: 'hls' as const, quality: `${lines}p`, status }))
  const best = rungs.at(-1)
  const copied = encode?.download ? ('encoded' as const) : status === 'encoded' ? ('encoding' as const) : status
  const mp4 = video.downloadable && best ? [{ type: 'mp4' as const, quality: `${best}p`, status: copied }] : []
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
