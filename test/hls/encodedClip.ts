/** A clip encoded by the transcoder's own steps, with the rows the Worker would keep of it. */
import type { ChunkManifest, EncodePlan, VideoCodec } from '../../shared/src/encode.ts'
import type { EncodeId } from '../../shared/src/ids.ts'
import type { ContentKey } from '../../shared/src/job.ts'
import { planEncode } from '../../shared/src/ladder.ts'
import { piecesOf } from '../../shared/src/pieces.ts'
import { probe } from '../../transcoder/src/media/probe.ts'
import { encodeAudio } from '../../transcoder/src/steps/audio.ts'
import { encodeChunk } from '../../transcoder/src/steps/encode.ts'
import type { Chunk } from '../../worker/src/domain/encodes/encode.ts'
import { keys, openSource, tools } from '../transcoder/support.ts'

export interface EncodedClip {
  plan: EncodePlan
  /** Every committed piece, in the order a host would commit them. */
  chunks: Chunk[]
  objects: Map<string, Uint8Array>
  encodeId: EncodeId
  keys: ContentKey[] | null
  /** Picture frames of every rung. */
  frames: number
}

/** Of frames as they are stored, in pixels. */
export type Coded = Partial<Record<'codedWidth' | 'codedHeight', number>>
/** Takes so long to decode that segments are half as long. */
export const LARGE = { codedWidth: 3840, codedHeight: 2160 } as const

const SOFTWARE = { h264: 'libx264', hevc: 'libx265', av1: 'libsvtav1' } as const

/** Probes, plans and encodes a whole clip; `coded`: planned as one whose frames are that large to decode. */
export async function encodeClip(file: string, { codecs = ['h264'] as VideoCodec[], encrypted = true, coded = {} as Coded } = {}): Promise<EncodedClip> {
  const source = await openSource(file)
  const probed = await probe(tools, source.url, source.sizeBytes, source.signal)
  const media = { ...probed, video: probed.video && { ...probed.video, ...coded } }
  const plan = planEncode(media, { encoders: Object.fromEntries(codecs.map((codec) => [codec, SOFTWARE[codec]])) })
  const contentKeys = encrypted ? keys(3) : null
  const chunks: Chunk[] = []
  const row = (stream: string, chunkIndex: number, manifest: ChunkManifest): Chunk => ({ encodeId: source.encodeId as EncodeId, stream, chunkIndex, epoch: 1, complete: true, manifest })
  for (const stream of plan.audio) {
    const task = { kind: 'audio', plan, stream, keys: contentKeys } as const
    const commits: ChunkManifest[] = []
    await encodeAudio(source.context(task), task, async (manifest) => void commits.push(manifest))
    chunks.push(row(stream.name, 0, commits.at(-1)!))
  }
  for (const { stream, chunk, rungs, encoder } of piecesOf(plan).sort((a, b) => a.chunk.index - b.chunk.index)) {
    const task = { kind: 'encode', plan, chunk, rungs, encoder, firstSegment: chunk.startFrame / plan.segmentFrames, keys: contentKeys } as const
    chunks.push(row(stream, chunk.index, await encodeChunk(source.context(task), task)))
  }
  const lowest = plan.video.at(-1)?.name ?? ''
  const frames = chunks.reduce((sum, { manifest }) => sum + (lowest in manifest.renditions ? manifest.frames : 0), 0)
  return { plan, chunks, objects: source.store.objects, encodeId: source.encodeId as EncodeId, keys: contentKeys, frames }
}
