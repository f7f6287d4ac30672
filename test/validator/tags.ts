/** The lines of a playlist, as they are written: what a forgiving parser would not tell (RFC 8216bis 4.1, 4.2). */
export interface Tag {
  name: string
  value: string
  attributes: Map<string, string>
  /** The next line that is no tag: the URI a STREAM-INF or EXTINF belongs to. */
  uri: string
}

export function tagsOf(text: string): Tag[] {
  const lines = text.split(/\r?\n/)
  return lines.flatMap((line, at) => {
    const match = /^#(EXT[A-Z0-9-]+)(?::(.*))?$/.exec(line)
    if (!match) return []
    const value = match[2] ?? ''
    const attributes = new Map([...value.matchAll(/([A-Z0-9-]+)=("[^"]*"|[^,]*)/g)].map(([, key, given]) => [key!, given!.replaceAll('"', '')]))
    return [{ name: match[1]!, value, attributes, uri: lines.slice(at + 1).find((next) => next !== '' && !next.startsWith('#')) ?? '' }]
  })
}

export const named = (tags: readonly Tag[], name: string): Tag[] => tags.filter((tag) => tag.name === name)
