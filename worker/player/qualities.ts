/** What the quality menu offers. A master playlist has a height more than once: in other codecs, and with other sound. */

export interface Level {
  width: number
  height: number
  bitrate: number
  codecSet: string
  audioGroups?: (string | undefined)[] | undefined
}

/** A menu's entry: the picture's size, and the indices of the levels that show it. */
export interface Quality {
  width: number
  height: number
  bitrate: number
  levels: number[]
}

/** One quality a height, in the order of the levels. Its rate is that of its cheapest level: what it takes at least. */
export function qualitiesOf(levels: readonly Level[]): Quality[] {
  const byHeight = new Map<number, Quality>()
  levels.forEach(({ width, height, bitrate }, index) => {
    if (width <= 0) return
    const quality = byHeight.get(height)
    if (!quality) byHeight.set(height, { width, height, bitrate, levels: [index] })
    else {
      quality.levels.push(index)
      quality.bitrate = Math.min(quality.bitrate, bitrate)
    }
  })
  return [...byHeight.values()]
}

/** The level to take for a chosen quality: as like the one that plays as there is, so that neither decoder nor sound change without need. */
export function levelOf(quality: Quality, levels: readonly Level[], playing: Level | undefined): number {
  const likeness = (index: number): number => {
    const level = levels[index]
    return 2 * Number(level?.audioGroups?.[0] === playing?.audioGroups?.[0]) + Number(level?.codecSet === playing?.codecSet)
  }
  return quality.levels.reduce((best, index) => (likeness(index) > likeness(best) ? index : best))
}
