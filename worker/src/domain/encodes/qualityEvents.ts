import type { EncodePlan, VideoRung } from '@avocet/shared/encode'
import type { Deps, Write } from '../ports.ts'
import type { ChunkOutline, Encode } from './encode.ts'

/** What people call a rung: its short side, `720p`. */
export const qualityOf = ({ width, height }: Pick<VideoRung, 'width' | 'height'>): string => `${Math.min(width, height)}p`

/** Tells of each H.264 rung that is whole with `after` and was not with `before`, lowest first. */
export async function qualityEvents(deps: Deps, encode: Encode & { plan: EncodePlan }, before: readonly ChunkOutline[], after: readonly ChunkOutline[]): Promise<Write[]> {
  const whole = wholeRungs(encode.plan, after).slice(wholeRungs(encode.plan, before).length)
  if (whole.length === 0) return []
  const videos = await deps.videos.listByAsset(encode.assetId)
  const qualities = ladderOf(encode.plan).map(qualityOf)
  return videos.flatMap((video) => whole.map((rung) => deps.events.add(video.accountId, 'video.quality_encoded', video.id, { kind: 'hls', quality: qualityOf(rung), qualities })))
}

/** The H.264 rungs of a plan, lowest first. */
export const ladderOf = (plan: Pick<EncodePlan, 'video'>): VideoRung[] =>
  plan.video.filter(({ codec }) => codec === 'h264').toSorted((a, b) => Math.min(a.width, a.height) - Math.min(b.width, b.height))

/** H.264 rungs committed to their last chunk, from the lowest up to the first that is not. Pure. */
export function wholeRungs(plan: Pick<EncodePlan, 'video' | 'chunks'>, chunks: readonly ChunkOutline[]): VideoRung[] {
  const done = new Set(chunks.flatMap(({ chunkIndex, complete, outline }) => (complete ? Object.keys(outline.renditions).map((name) => `${name} ${chunkIndex}`) : [])))
  const rungs = ladderOf(plan)
  const first = rungs.findIndex(({ name }) => !plan.chunks.every(({ index }) => done.has(`${name} ${index}`)))
  return first < 0 ? rungs : rungs.slice(0, first)
}
