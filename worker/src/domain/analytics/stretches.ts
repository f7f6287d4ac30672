/** What was watched of a video, as stretches of seconds [from, to]: apart, in order. Pure. */
export type Stretches = [number, number][]

/** Both together; what overlaps or touches becomes one, so what is watched twice counts once (seek-proof). */
export function union(a: Stretches, b: Stretches): Stretches {
  const all = [...a, ...b].filter(([from, to]) => to > from).sort(([x], [y]) => x - y)
  const joined: Stretches = []
  for (const [from, to] of all) {
    const last = joined.at(-1)
    if (last && from <= last[1]) last[1] = Math.max(last[1], to)
    else joined.push([from, to])
  }
  return joined
}

/** What lies inside the video. */
export function clip(stretches: Stretches, durationSeconds: number): Stretches {
  return union(
    stretches.map(([from, to]) => [Math.max(0, from), Math.min(durationSeconds, to)]),
    [],
  )
}

export const total = (stretches: Stretches): number => stretches.reduce((sum, [from, to]) => sum + to - from, 0)

/** Which of `slots` equal parts of the video are touched by at least half of a part. */
export function slotsOf(stretches: Stretches, durationSeconds: number, slots: number): boolean[] {
  const length = durationSeconds / slots
  return Array.from({ length: slots }, (_, slot) => total(clip(stretches.map(([from, to]) => [from - slot * length, to - slot * length]), length)) >= length / 2)
}
