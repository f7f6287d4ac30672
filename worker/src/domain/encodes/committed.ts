/** What of an encode has been committed. Pure. */
import type { ChunkManifest, EncodePlan, Segment } from '@avocet/shared/encode'
import type { Chunk } from './encode.ts'

export const VIDEO_STREAM = 'video'

/** A stored segment with all that names it. */
export interface CommittedSegment extends Segment {
  chunk: number
  epoch: number
  index: number
}

/** One rendition's contiguous committed prefix. */
export interface CommittedRendition {
  name: string
  timescale: number
  codecs: string
  segments: CommittedSegment[]
  /** True when no segment will follow. */
  complete: boolean
}

/** The committed prefix of a rendition, up to the first missing chunk; null while not even its first chunk is there. */
export function committedRendition(plan: EncodePlan, chunks: readonly Chunk[], name: string): CommittedRendition | null {
  const isVideo = plan.video.some((rung) => rung.name === name)
  const stream = isVideo ? VIDEO_STREAM : name
  const byIndex = new Map(chunks.filter((chunk) => chunk.stream === stream).map((chunk) => [chunk.chunkIndex, chunk]))
  const wanted = isVideo ? plan.chunks.length : 1
  const segments: CommittedSegment[] = []
  let first: ChunkManifest['renditions'][string] | undefined
  let at = 0
  for (; at < wanted; at++) {
    const chunk = byIndex.get(at)
    const output = chunk?.manifest.renditions[name]
    if (!chunk || !output) break
    first ??= output
    output.segments.forEach((segment, index) => {
      segments.push({ ...segment, chunk: at, epoch: chunk.epoch, index })
    })
    if (!chunk.complete) break
  }
  if (!first || segments.length === 0) return null
  return { name, timescale: first.timescale, codecs: first.codecs, segments, complete: at === wanted }
}

/** Playable: picture and default sound each have a committed beginning. */
export function isPlayable(plan: EncodePlan, chunks: readonly Chunk[]): boolean {
  const needed = [plan.video[0]?.name, plan.audio.find((stream) => stream.isDefault)?.name].filter((name) => name !== undefined)
  return needed.length > 0 && needed.every((name) => committedRendition(plan, chunks, name) !== null)
}

/** Complete: every chunk of the picture and every sound stream to its end. */
export function isComplete(plan: EncodePlan, chunks: readonly Chunk[]): boolean {
  const names = [plan.video[0]?.name, ...plan.audio.map(({ name }) => name)].filter((name) => name !== undefined)
  return names.every((name) => committedRendition(plan, chunks, name)?.complete === true)
}

/** Picture frames committed, over all chunks. */
export function committedFrames(chunks: readonly Chunk[]): number {
  return chunks.filter(({ stream }) => stream === VIDEO_STREAM).reduce((sum, { manifest }) => sum + manifest.frames, 0)
}

/** Share of the work done, 0 to 0.99: only a finished encode is 1. */
export function progressOf(plan: EncodePlan, chunks: readonly Chunk[]): number {
  const done =
    plan.video.length > 0
      ? committedFrames(chunks) / Math.max(1, plan.expectedFrames)
      : (soundSeconds(chunks) ?? 0) / plan.durationSeconds
  return Math.min(0.99, done)
}

function soundSeconds(chunks: readonly Chunk[]): number | undefined {
  const output = chunks.map(({ manifest }) => Object.values(manifest.renditions)[0]).find((one) => one !== undefined)
  return output && output.segments.reduce((sum, { duration }) => sum + duration, 0) / output.timescale
}

/** The first rendition whose init segment differs from what other chunks have, or null. Mixed encoders would break players (DESIGN section 8). */
export function initMismatch(chunks: readonly Chunk[], manifest: ChunkManifest): string | null {
  for (const [name, output] of Object.entries(manifest.renditions)) {
    if (chunks.some((chunk) => (chunk.manifest.renditions[name]?.initSha256 ?? output.initSha256) !== output.initSha256)) return name
  }
  return null
}
