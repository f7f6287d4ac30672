import type { Deps } from '../ports.ts'
import type { Encode } from './encode.ts'
import { ladderOf, qualityOf, wholeRungs } from './qualityEvents.ts'

/** A rendition as people know it (`720p`), and how far it is. */
export interface Quality {
  quality: string
  state: Encode['state']
}

/** The H.264 qualities of an encode, lowest first: each is ready from when `video.quality_encoded` tells of it. None before there is a plan. */
export async function qualitiesOf(deps: Deps, encode: Encode): Promise<Quality[]> {
  const { plan, state } = encode
  if (!plan) return []
  const whole = state === 'ready' ? plan.video : wholeRungs(plan, await deps.encodes.outlines(encode.id))
  const ready = new Set(whole.map(({ name }) => name))
  return ladderOf(plan).map((rung) => ({ quality: qualityOf(rung), state: ready.has(rung.name) ? 'ready' : state }))
}
