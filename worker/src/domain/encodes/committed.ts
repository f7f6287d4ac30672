/** What of an encode has been committed. Pure. */
import type { ChunkManifest, EncodePlan, Segment, VideoRung } from '@avocet/shared/encode'
import { piecesOf } from '@avocet/shared/pieces'
import type { Chunk, ChunkOutline, Outline } from './encode.ts'

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
  const byIndex = new Map(chunks.filter(({ manifest }) => name in manifest.renditions).map((chunk) => [chunk.chunkIndex, chunk]))
  const wanted = plan.video.some((rung) => rung.name === name) ? plan.chunks.length : 1
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

/** What a viewer cannot do without: the lowest H.264 rung and the default sound, as far as the plan has them. */
export function neededRenditions(plan: EncodePlan): string[] {
  const picture = plan.video.findLast(({ codec }) => codec === 'h264')
  return [picture?.name, plan.audio.find((stream) => stream.isDefault)?.name].filter((name) => name !== undefined)
}

/** What a commit keeps of a manifest for the commits after it. */
export function outlineOf(manifest: ChunkManifest): Outline {
  const renditions = Object.entries(manifest.renditions).map(([name, { initSha256, segments, timescale }]) => {
    const seconds = segments.reduce((sum, { duration }) => sum + duration, 0) / timescale
    return [name, { init: initSha256, segments: segments.length, seconds }]
  })
  return { frames: manifest.frames, renditions: Object.fromEntries(renditions) }
}

/** Playable: picture and default sound each have a committed beginning. */
export function isPlayable(plan: EncodePlan, chunks: readonly ChunkOutline[]): boolean {
  const begun = new Set(chunks.flatMap(({ chunkIndex, outline }) => (chunkIndex === 0 ? Object.keys(outline.renditions) : [])))
  const needed = neededRenditions(plan)
  return needed.length > 0 && needed.every((name) => begun.has(name))
}

/** Complete: every rung to its last chunk and every sound stream to its end. */
export function isComplete(plan: EncodePlan, chunks: readonly ChunkOutline[]): boolean {
  const done = new Set(chunks.flatMap(({ chunkIndex, complete, outline }) => (complete ? Object.keys(outline.renditions).map((name) => `${name} ${chunkIndex}`) : [])))
  const isWhole = ({ name }: VideoRung) => plan.chunks.every(({ index }) => done.has(`${name} ${index}`))
  return plan.video.every(isWhole) && plan.audio.every(({ name }) => done.has(`${name} 0`))
}

/** Picture frames committed, over all chunks. */
export function committedFrames(plan: EncodePlan, chunks: readonly ChunkOutline[]): number {
  const lowest = plan.video.findLast(({ codec }) => codec === 'h264')?.name ?? ''
  return chunks.reduce((sum, { outline }) => sum + (lowest in outline.renditions ? outline.frames : 0), 0)
}

/** Share of the work done, 0 to 0.99: only a finished encode is 1. Pixels for pictures, seconds for sound alone. */
export function progressOf(plan: EncodePlan, chunks: readonly ChunkOutline[]): number {
  return plan.video.length > 0 ? pictureProgress(plan, chunks) : Math.min(0.99, longestSeconds(chunks) / plan.durationSeconds)
}

/** The same of a plan with picture, from nothing but which pieces are committed. */
export function pictureProgress(plan: EncodePlan, committed: readonly Pick<Chunk, 'stream' | 'chunkIndex'>[]): number {
  const done = new Set(committed.map(({ stream, chunkIndex }) => `${stream} ${chunkIndex}`))
  const made = piecesOf(plan).reduce((sum, { stream, chunk, rungs }) => {
    const frames = (chunk.endFrame ?? plan.expectedFrames) - chunk.startFrame
    return done.has(`${stream} ${chunk.index}`) ? sum + frames * pixels(rungs) : sum
  }, 0)
  return Math.min(0.99, made / Math.max(1, plan.expectedFrames * pixels(plan.video)))
}

const pixels = (rungs: readonly VideoRung[]) => rungs.reduce((sum, { width, height }) => sum + width * height, 0)

const longestSeconds = (chunks: readonly ChunkOutline[]) =>
  Math.max(0, ...chunks.flatMap(({ outline }) => Object.values(outline.renditions).map(({ seconds }) => seconds)))

/** The first rendition whose init segment differs from what other chunks have, or null. Mixed encoders would break players (DESIGN section 8). */
export function initMismatch(chunks: readonly Pick<ChunkOutline, 'outline'>[], manifest: ChunkManifest): string | null {
  for (const [name, output] of Object.entries(manifest.renditions)) {
    if (chunks.some(({ outline }) => (outline.renditions[name]?.init ?? output.initSha256) !== output.initSha256)) return name
  }
  return null
}
