import type { Listing, Slice } from '@avocet/shared/page'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'
import type { VideoTotals } from '../usage.ts'
import type { Period } from './period.ts'

const MOST_VIDEOS = 10_000

/** The videos of the account that were watched in a period, by `order`; only the 10,000 most viewed are told apart. */
export async function videoTotals(deps: Deps, actor: Actor, period: Period, order: (a: VideoTotals, b: VideoTotals) => number, { offset, limit }: Slice): Promise<Listing<VideoTotals>> {
  demand(actor, 'stats:read')
  const all = await deps.usage.byVideo(actor.accountId, period.from, period.to, MOST_VIDEOS)
  return { items: all.sort((a, b) => order(a, b) || (a.videoId < b.videoId ? -1 : 1)).slice(offset, offset + limit), total: all.length }
}
