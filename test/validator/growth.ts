/** What may change between two fetches of a growing presentation: nothing but its end. */
import type { Presentation, Rendition } from './presentation.ts'
import { named } from './tags.ts'

/** Rules 14, 17 and 18 over time: what was there stays, letter by letter; segments are appended; ENDLIST is the last word. */
export function brokenGrowth(earlier: Presentation, later: Presentation): string[] {
  return earlier.renditions.flatMap((before) => {
    const after = later.renditions.find(({ url }) => url.pathname === before.url.pathname)
    return (after ? compare(before, after) : ['is gone']).map((what) => `${before.name}: ${what}`)
  })
}

function compare(before: Rendition, after: Rendition): string[] {
  if (named(before.tags, 'EXT-X-ENDLIST').length > 0) return before.text === after.text ? [] : ['playlist-type: changed after its end']
  const value = ({ tags }: Rendition, name: string) => named(tags, name)[0]?.value
  const constant = { 'EXT-X-TARGETDURATION': 'target-duration', 'EXT-X-MEDIA-SEQUENCE': 'media-sequence', 'EXT-X-PLAYLIST-TYPE': 'playlist-type' }
  const changed = Object.entries(constant).filter(([tag]) => value(before, tag) !== value(after, tag))
  if (changed.length > 0) return changed.map(([tag, rule]) => `${rule}: ${tag} was ${value(before, tag)}, is ${value(after, tag)}`)
  return after.text.startsWith(before.text) ? [] : ['playlist-type: what was there was changed, not appended to']
}
