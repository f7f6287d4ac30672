import type { Listing, Slice } from '@avocet/shared/page'
import { type Actor, demand } from '../actor.ts'
import type { Deps } from '../ports.ts'
import type { TagCount } from './video.ts'

export interface TagQuery {
  /** Contained in the tag, without case and accents; '' for all. */
  search: string
  sort: `${'' | '-'}${'tag' | 'videos'}`
}

/** Tags in use, with how many videos carry each. */
export async function listTags(deps: Deps, actor: Actor, { search, sort }: TagQuery, { offset, limit }: Slice): Promise<Listing<TagCount>> {
  demand(actor, 'videos:read')
  const wanted = plain(search)
  const found = (await deps.videos.countTags(actor.accountId)).filter(({ tag }) => plain(tag).includes(wanted))
  const byTag = (a: TagCount, b: TagCount) => (plain(a.tag) < plain(b.tag) ? -1 : 1)
  found.sort(sort.endsWith('videos') ? (a, b) => a.videos - b.videos || byTag(a, b) : byTag)
  if (sort.startsWith('-')) found.reverse()
  return { items: found.slice(offset, offset + limit), total: found.length }
}

const plain = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
