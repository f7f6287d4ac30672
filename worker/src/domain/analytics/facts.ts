import type { EncodeId } from '@avocet/shared/ids'
import { committedRendition } from '../encodes/committed.ts'
import { averageRate } from '../playback/rates.ts'
import type { Deps } from '../ports.ts'
import type { PlaybackFacts } from './viewing.ts'

/** What reports about an encode are measured against: its length, and what a second of each picture height weighs with its sound. Null when there is none. */
export async function playbackFacts(deps: Deps, encodeId: EncodeId): Promise<PlaybackFacts | null> {
  const found = await deps.encodes.committed(encodeId)
  const plan = found?.encode.plan
  if (!found || !plan) return null
  const bytesASecond = (name: string) => {
    const made = committedRendition(plan, found.chunks, name)
    return made && made.segments.length > 0 ? averageRate(made) / 8 : 0
  }
  const sound = Math.max(0, ...plan.audio.map(({ name }) => bytesASecond(name)))
  const rates: Record<string, number> = {}
  // Rungs of several codecs share a height; which one a player chose it does not say: the heaviest.
  for (const { name, height } of plan.video) rates[height] = Math.max(rates[height] ?? 0, Math.round(bytesASecond(name) + sound))
  return { durationSeconds: plan.durationSeconds, rates }
}
