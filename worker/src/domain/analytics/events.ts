/** What viewers did, event by event. Pure. */
import { MAX_VIEWING_EVENTS, type ViewingEvent } from '@avocet/shared/beacon'
import { type Stretches, union } from './stretches.ts'

/** Both together in the order they happened, what is told twice once. Beyond the most that is kept the newest stands for all behind it. */
export function mergeEvents(a: readonly ViewingEvent[], b: readonly ViewingEvent[]): ViewingEvent[] {
  const byIdentity = new Map([...a, ...b].map((event) => [`${event[1]} ${event[0]}`, event]))
  const all = [...byIdentity.values()].sort(([, x], [, y]) => x - y)
  return all.length <= MAX_VIEWING_EVENTS ? all : [...all.slice(0, MAX_VIEWING_EVENTS - 1), all.at(-1) as ViewingEvent]
}

/** What was watched between playing and pausing, ending or seeking, for players that tell of events alone. */
export function watchedIn(events: readonly ViewingEvent[]): { watched: Stretches; playedSeconds: number } {
  const stretches: Stretches = []
  let since: number | null = null
  for (const [kind, , at, to] of events) {
    if (since !== null && at > since && kind !== 'ready') stretches.push([since, at])
    const plays = kind === 'play' || kind === 'resume'
    const stops = kind === 'pause' || kind === 'end'
    if (plays) since = at
    else if (stops) since = null
    else if (to !== undefined && since !== null) since = to
  }
  return { watched: union(stretches, []), playedSeconds: stretches.reduce((sum, [from, to]) => sum + to - from, 0) }
}
